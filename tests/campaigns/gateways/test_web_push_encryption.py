"""Web push encryption, by the example of the standard (RFC 8291, appendix A)."""

from cryptography.hazmat.primitives.asymmetric import ec

from campaigns.gateways.web_push_encryption import encrypt
from campaigns.gateways.web_tokens import decode, encode
from tests.loopback.push_service import decrypted

WORDS = b"When I grow up, I want to be a watermelon"
BROWSER_KEY = decode("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
SENDER_PRIVATE = decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
SECRET, SALT = decode("BTBZMqHH6r4Tts7J_aSIgg"), decode("DGv6ra1nlYgDCS1FRnbzlw")
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
    "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_standard_comes_out_byte_for_byte() -> None:
    sender_key = ec.derive_private_key(int.from_bytes(SENDER_PRIVATE, "big"), ec.SECP256R1())

    body = encrypt(WORDS, browser_key=BROWSER_KEY, secret=SECRET, sender_key=sender_key, salt=SALT)

    assert encode(body) == BODY


def test_a_browser_reads_what_was_written() -> None:
    browser = ec.generate_private_key(ec.SECP256R1())
    public = browser.public_key().public_numbers()
    point = b"\x04" + public.x.to_bytes(32, "big") + public.y.to_bytes(32, "big")

    body = encrypt("안녕하세요".encode(), browser_key=point, secret=SECRET)

    assert decrypted(body, key=browser, secret=SECRET).decode() == "안녕하세요"
