"""Which encoding bytes are in: BOM, UTF-16 by its NULs, strict UTF-8, then GB18030 by sense.

UTF-16 letters are valid UTF-8 with NULs between, so that pattern comes first. Almost any bytes decode
as GB18030, or as UTF-16 of Chinese with few NULs, so it must make sense: in Chinese prose the 400 characters
below are more than half of all Han; in EUC-KR, Big5 or Latin-1 read as GB18030 they are a few percent.
What fits none is a fault, never a guess with replacement characters in a training text.
"""

import codecs

HEAD = 64 * 1024
# A quarter of what running prose has: poems, names and tables still pass, mojibake does not.
_SENSE = 0.12
_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事"
    "成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此"
    "已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代"
    "内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安"
    "少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光"
    "放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运"
    "這個們來為國說時會對後過發學現無長機東車門見問"
)
_BOMS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]


def guess(data: bytes, *, whole: bool = True) -> str | None:
    """Python's name of the encoding, or None. whole: whether the last character is complete."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    wide = _wide(data[:HEAD]) if 0 in data else None
    if wide and _try(data, wide, whole) is not None:
        return wide
    if _try(data, "utf-8", whole) is not None:
        return "utf-8"
    for chinese in ("utf-16-le", "utf-16-be", "gb18030") if 0 in data else ("gb18030",):
        text = _try(data[:HEAD], chinese, whole and len(data) <= HEAD)
        if text and _makes_sense(text):
            return chinese
    return None


def decode(data: bytes) -> tuple[str, str]:
    """The text and its encoding. Raises UnicodeError where no encoding fits, saying at which byte."""
    name = guess(data)
    if name is None:
        data.decode("utf-8")
        raise UnicodeError("no encoding fits")
    return data.decode(name), name


def why_not(data: bytes) -> str:
    """Say where bytes cease to be UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return (
            f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8, "
            "and neither UTF-16 nor GB18030 makes sense; convert it with iconv"
        )
    return "is not text in the encoding that the file's other parts are in"


def _wide(sample: bytes) -> str | None:
    """UTF-16 of letters below U+0100, by a NUL in every fifth pair or more, on one side of the pairs."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 10 < len(sample) or min(even, odd) * 20 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _try(data: bytes, name: str, whole: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(name)().decode(data, whole)
    except UnicodeDecodeError:
        return None


def _makes_sense(text: str) -> bool:
    other = [letter for letter in text if letter > "\x7f"]
    han = [letter for letter in other if "\u4e00" <= letter <= "\u9fff"]
    marks = sum("\u2010" <= letter <= "\u30ff" or "\uff00" <= letter <= "\uffef" for letter in other)
    common = sum(letter in _COMMON for letter in han)
    return bool(han) and len(han) + marks >= 0.8 * len(other) and common >= _SENSE * len(han)
