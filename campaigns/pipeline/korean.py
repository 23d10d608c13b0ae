"""What Korean sentences need around a value that is filled in: the particle that fits it, the honorific (F-05)."""

import re

# A syllable's final consonant by its place in the block of Hangul syllables: 0 none, 8 ㄹ.
FIRST_SYLLABLE, LAST_SYLLABLE = "가", "힣"
FINALS, RIEUL = 28, 8
# How the digits are read: 영 일 이 삼 사 오 육 칠 팔 구.
DIGIT_READINGS = dict(zip("0123456789", "영일이삼사오육칠팔구", strict=True))
# After a consonant, after a vowel, and what is written where the reading is not known.
PARTICLES = {
    "이/가": ("이", "가", "이(가)"),
    "을/를": ("을", "를", "을(를)"),
    "은/는": ("은", "는", "은(는)"),
    "과/와": ("과", "와", "와(과)"),
    "으로/로": ("으로", "로", "(으)로"),
    "아/야": ("아", "야", "아(야)"),
    "이나/나": ("이나", "나", "(이)나"),
    "이랑/랑": ("이랑", "랑", "(이)랑"),
    "이에요/예요": ("이에요", "예요", "이에요(예요)"),
}
ORDERS = {key: key for key in PARTICLES} | {"/".join(reversed(key.split("/"))): key for key in PARTICLES}
# Closing quotes and brackets are not read.
UNREAD = " \"'”’」』)]）〉》.!?,"

HONORIFIC, ANYBODY = "님", "고객님"
LONGEST_NAME = 10
# Letters of any script, and what stands between parts of a name.
PLAIN_NAME = re.compile(r"[^\W\d_]+(?:[ .'’-]+[^\W\d_]+)*\.?")


class MaskedName(str):
    """A name of which letters are hidden from the reader of a preview; it is greeted like the name it stands for."""

    __slots__ = ()


def with_particle(word: str, pair: str) -> str:
    """Return the word with the particle of a pair such as "이/가" that fits its last letter: 서울로, 한올7이, A이(가).

    Raises:
        KeyError: there is no such pair.
    """
    after_consonant, after_vowel, unknown = PARTICLES[ORDERS[pair.replace(" ", "")]]
    final = _final(word)
    if final is None:
        return word + unknown
    # 서울로, not 서울으로: ㄹ counts as a vowel before this one.
    takes_vowel_form = final == 0 or (final == RIEUL and after_consonant == "으로")
    return word + (after_vowel if takes_vowel_form else after_consonant)


def honoured(name: str) -> str:
    """Return 홍길동님; 고객님 where there is no name to say: none, masked, with symbols, or longer than 10 letters."""
    bare = name.strip().removesuffix(HONORIFIC).strip()
    if not is_sayable(bare) and not isinstance(name, MaskedName):
        return ANYBODY
    return f"{bare}{HONORIFIC}"


def is_sayable(name: str) -> bool:
    """Tell whether a customer can be called by this name."""
    return 0 < len(name) <= LONGEST_NAME and PLAIN_NAME.fullmatch(name) is not None and f"{name}님" != ANYBODY


def _final(word: str) -> int | None:
    """Return the final consonant of the last letter that is read, 0 for none; None where its reading is not known."""
    letters = word.rstrip(UNREAD)
    last = DIGIT_READINGS.get(letters[-1:], letters[-1:])
    if not FIRST_SYLLABLE <= last <= LAST_SYLLABLE:
        return None
    return (ord(last) - ord(FIRST_SYLLABLE)) % FINALS
