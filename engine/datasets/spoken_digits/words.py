"""The words: ten digits, how a reader of another language would write their sound, and words that are no digits.

No other word sounds like a digit (to, for, won, ate), nor like a digit with another accent (tree, free).

A person whose first language is not English says the digits with the sounds of that language. `SPELLED` writes them
so that espeak-ng's voice of that language says something near to them.
"""

from __future__ import annotations

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
OTHER = len(DIGITS)
LABELS = (*DIGITS, "other")

SPELLED: dict[str, tuple[str, ...]] = {
    "de": ("siro", "uann", "tuh", "tsrih", "fohr", "faif", "ßicks", "ßewen", "eet", "nain"),
    "fr": ("ziro", "ouane", "tou", "sri", "forr", "faïve", "sixe", "sévène", "éïte", "naïne"),
    "es": ("sírou", "uán", "tu", "tri", "for", "faif", "siks", "séven", "éit", "náin"),
    "it": ("zírou", "uàn", "tu", "tri", "for", "fàiv", "sics", "séven", "éit", "nàin"),
    "nl": ("ziroo", "wan", "toe", "srie", "foor", "faaif", "siks", "seven", "eet", "najn"),
    "pl": ("ziroł", "łan", "tu", "tri", "for", "fajf", "syks", "sewen", "ejt", "najn"),
    "sv": ("siro", "oan", "to", "tri", "fårr", "fajv", "sicks", "säven", "ejt", "najn"),
    "pt": ("zírou", "uãn", "tu", "tri", "fór", "faiv", "sics", "séven", "êit", "nain"),
    "tr": ("ziro", "van", "tu", "tri", "for", "fayv", "siks", "sevın", "eyt", "nayn"),
    "hu": ("zíró", "van", "tú", "szrí", "fór", "fájv", "sziksz", "szeven", "éjt", "nájn"),
    "ro": ("zirou", "uan", "tu", "sri", "for", "faiv", "sics", "seven", "eit", "nain"),
    "hi": ("ज़ीरो", "वन", "टू", "थ्री", "फ़ोर", "फ़ाइव", "सिक्स", "सेवन", "एट", "नाइन"),
    "ru": ("зироу", "уан", "ту", "сри", "фор", "файв", "сикс", "сэвэн", "эйт", "найн"),
    "el": ("ζίρου", "ουάν", "τού", "θρι", "φορ", "φάιβ", "σιξ", "σέβεν", "έιτ", "νάιν"),
}

_OTHERS = """
a the and hello yes no stop go up down left right on off please thanks music sound house nice mine fine line
time night light late wait ate's gate day say way sick fix mix sit since sister see she tea knee we he me why my
I you your our are or us form foreign fall fool food tool tooth run sun done gun fun wonder what where water
wall well fire life live like hive dive never ever second heaven have has heavy every even evening open over
okay zone hero row know show low near here year zebra zoo zip ten eleven twelve twenty hundred thousand million
half double point plus minus nothing number name pine sign shine find kind kite cat dog bird bed apple orange
banana window door table chair computer phone letter paper pencil school teacher student question answer morning
people city river mountain winter summer spring happy sad quick slow big small red green blue yellow black white
good bad very much little maybe under after before again always because between children mother father brother
woman man people think something Monday Tuesday Friday cheese juice choose voice noise boys church judge rough
laugh cough smooth
"""
OTHER_WORDS = tuple(_OTHERS.split())
