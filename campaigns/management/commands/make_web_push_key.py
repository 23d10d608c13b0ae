"""`manage.py make_web_push_key`: prints a new key pair for web push. Stores nothing."""

from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management.base import BaseCommand

from campaigns.gateways import web_tokens
from campaigns.gateways.web_push_encryption import CURVE, point_of

KEY_BYTES = 32


class Command(BaseCommand):
    """Make the pair of keys that says to push services who the shop is (RFC 8292)."""

    help = "Print a new key pair for web push: the private key for the server, the public one for the site."

    def handle(self, *args: object, **options: object) -> None:
        key = ec.generate_private_key(CURVE)
        private = key.private_numbers().private_value.to_bytes(KEY_BYTES, "big")
        self.stdout.write(
            f"private key (for the variable that the sending account names): {web_tokens.encode(private)}"
        )
        self.stdout.write(
            f"public key (applicationServerKey of the site): {web_tokens.encode(point_of(key.public_key()))}"
        )
        self.stdout.write("Whoever subscribed under another key gets nothing under this one.")
