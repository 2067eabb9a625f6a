r"""What LaTeX's math commands print, and the characters that Unicode has for scripts and letters.

The commands that pages strip are in `symbols.py`; here stand those that only a text with its LaTeX shows, how symbols
are spaced, and Unicode's raised and lowered characters (`tests/normalize/test_latex_symbols.py` holds them against its
decompositions).
"""

from __future__ import annotations

import string

from curation.normalize.symbols import ACCENTS, DOUBLE_STRUCK, OPERATORS, STYLES, SYMBOLS

__all__ = [
    "BIG_OPERATORS", "BINARY", "CLOSING", "COMMANDS", "DOUBLE_STRUCK_ALL", "MARKS", "MATH_ACCENTS", "MATH_FONTS",
    "OPENING", "OPERATOR_NAMES", "RELATIONS", "SIZE_COMMANDS", "SPACES", "SUBSCRIPTS", "SUPERSCRIPTS", "SWITCHES",
    "TEXT_FONTS",
]  # fmt: skip

# These print more than a symbol, an argument or a character that TeX itself would read.
_NOT_SYMBOLS = {"xrightarrow", "backslash"}
COMMANDS: dict[str, str] = {name: char for name, char in SYMBOLS.items() if name not in _NOT_SYMBOLS} | {
    # letters
    "omicron": "ο", "digamma": "ϝ", "varkappa": "ϰ", "eth": "ð", "wp": "℘", "beth": "ℶ", "gimel": "ℷ", "hslash": "ℏ",
    "varGamma": "Γ", "varDelta": "Δ", "varTheta": "Θ", "varLambda": "Λ", "varXi": "Ξ", "varPi": "Π", "varSigma": "Σ",
    "varUpsilon": "Υ", "varPhi": "Φ", "varPsi": "Ψ", "varOmega": "Ω",
    # operations
    "ltimes": "⋉", "rtimes": "⋊", "boxplus": "⊞", "boxminus": "⊟", "boxtimes": "⊠", "boxdot": "⊡", "oslash": "⊘",
    "sqcup": "⊔", "sqcap": "⊓", "uplus": "⊎", "amalg": "⨿", "dotplus": "∔", "bigcirc": "◯", "bigtriangleup": "△",
    "triangleleft": "◁", "triangleright": "▷", "smallsetminus": "∖", "intercal": "⊺", "circledast": "⊛",
    "circledcirc": "⊚", "barwedge": "⊼", "veebar": "⊻", "centerdot": "·", "wr": "≀", "Diamond": "◇",
    "coprod": "∐", "bigoplus": "⨁", "bigotimes": "⨂", "bigodot": "⨀", "bigsqcup": "⨆", "biguplus": "⨄",
    "bigvee": "⋁", "bigwedge": "⋀", "iint": "∬", "iiint": "∭", "oint": "∮",
    # relations
    "nleq": "≰", "ngeq": "≱", "nless": "≮", "ngtr": "≯", "leqq": "≦", "geqq": "≧", "lll": "⋘", "ggg": "⋙",
    "nsim": "≁", "ncong": "≇", "approxeq": "≊", "thickapprox": "≈", "thicksim": "∼", "doteq": "≐", "doteqdot": "≑",
    "eqsim": "≂", "backsim": "∽", "owns": "∋", "nsubseteq": "⊈", "nsupseteq": "⊉", "supsetneq": "⊋", "sqsubset": "⊏",
    "sqsubseteq": "⊑", "sqsupset": "⊐", "sqsupseteq": "⊒", "preccurlyeq": "≼", "succcurlyeq": "≽", "nprec": "⊀",
    "nsucc": "⊁", "precsim": "≾", "succsim": "≿", "lessgtr": "≶", "gtrless": "≷", "nmid": "∤", "nparallel": "∦",
    "dashv": "⊣", "Vdash": "⊩", "Vvdash": "⊪", "nvdash": "⊬", "nvDash": "⊭", "bowtie": "⋈", "smile": "⌣", "frown": "⌢",
    "varpropto": "∝", "between": "≬", "pitchfork": "⋔", "vartriangleleft": "⊲", "vartriangleright": "⊳",
    "trianglelefteq": "⊴", "trianglerighteq": "⊵", "coloneq": "≔", "eqqcolon": "≕", "therefore": "∴", "because": "∵",
    "defeq": "≝", "VDash": "⊫",
    # arrows
    "gets": "←", "longleftrightarrow": "⟷", "Longleftarrow": "⟸", "Longleftrightarrow": "⟺", "impliedby": "⟸",
    "longmapsto": "⟼", "hookleftarrow": "↩", "Updownarrow": "⇕", "nwarrow": "↖", "swarrow": "↙", "nleftarrow": "↚",
    "nleftrightarrow": "↮", "nRightarrow": "⇏", "nLeftarrow": "⇍", "leftrightarrows": "⇆", "rightrightarrows": "⇉",
    "leftharpoonup": "↼", "rightharpoonup": "⇀", "rightharpoondown": "⇁", "leftrightharpoons": "⇋",
    "twoheadrightarrow": "↠", "twoheadleftarrow": "↞", "rightarrowtail": "↣", "circlearrowleft": "↺",
    "circlearrowright": "↻", "curvearrowright": "↷", "curvearrowleft": "↶", "leftrightsquigarrow": "↭",
    "Rrightarrow": "⇛", "Lleftarrow": "⇚", "multimap": "⊸",
    # delimiters
    "lbrack": "[", "rbrack": "]", "ulcorner": "⌜", "urcorner": "⌝", "llbracket": "⟦", "rrbracket": "⟧",
    "lparen": "(", "rparen": ")",
    # the rest
    "ddots": "⋱", "dotsm": "⋯", "dotsi": "⋯", "dotso": "…", "hdots": "…", "nexists": "∄", "complement": "∁",
    "blacktriangle": "▲", "blacktriangledown": "▼", "triangledown": "▽", "lozenge": "◊", "blacklozenge": "⧫",
    "Box": "□", "measuredangle": "∡", "sphericalangle": "∢", "flat": "♭", "natural": "♮", "sharp": "♯",
    "dag": "†", "ddag": "‡", "pounds": "£", "euro": "€", "textregistered": "®",
    "texttrademark": "™", "textdegree": "°",
    "textendash": "–", "textemdash": "—", "textless": "<", "textgreater": ">", "textbar": "|",
    "textbullet": "•", "textdagger": "†", "lq": "‘", "rq": "’",
    "varheartsuit": "♥", "vardiamondsuit": "♦", "surd": "√", "And": "&", "maltese": "✠",
    "textquotesingle": "’", "textunderscore": "_",
}  # fmt: skip

# `\log` prints its name; `\argmax` is how many packages spell two words.
OPERATOR_NAMES: dict[str, str] = {name: name for name in OPERATORS} | {
    "projlim": "proj lim", "injlim": "inj lim", "bmod": "mod",
}  # fmt: skip
BIG_OPERATORS = frozenset("∑∏∐∫∬∭∮⋃⋂⨁⨂⨀⨆⨄⋁⋀")

TEXT_FONTS = frozenset(name for name in STYLES if name.startswith("text") and name != "textstyle") | {
    "emph", "mbox", "hbox", "textsl", "textup", "textmd", "textbfit", "fbox",
}  # fmt: skip
MATH_FONTS = frozenset(name for name in STYLES if name.startswith("math")) | {
    "boldsymbol", "bm", "pmb", "operatorname", "ensuremath", "underline", "mathbfit", "mathbfcal", "mathpzc",
    "mathop", "mathord", "mathbin", "mathrel", "mathopen", "mathclose", "mathpunct", "bold", "frak", "boldmath",
}  # fmt: skip
# Hold up to the end of their group.
SWITCHES = frozenset(
    {
        "displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle", "bf", "rm", "it", "em", "sf", "tt", "cal",
        "sl", "sc", "tiny", "scriptsize", "footnotesize", "small", "normalsize", "large", "Large", "bfseries",
        "itshape", "rmfamily", "sffamily", "ttfamily", "scshape", "limits", "nolimits", "nonumber", "notag",
        "allowbreak", "relax", "unboldmath",
    }
)  # fmt: skip
SIZE_COMMANDS = frozenset(
    f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")
) | {"left", "right", "middle"}
MATH_ACCENTS: dict[str, str] = ACCENTS | {
    "acute": "\u0301", "grave": "\u0300", "breve": "\u0306", "mathring": "\u030a", "dddot": "\u20db",
    "Bar": "\u0304", "Hat": "\u0302", "Tilde": "\u0303", "Vec": "\u20d7", "Dot": "\u0307", "Ddot": "\u0308",
    "widecheck": "\u030c", "overrightarrow": "\u20d7", "Check": "\u030c",
}  # fmt: skip
# Command or sign to the blank it prints.
SPACES: dict[str, str] = {
    ",": " ", ":": " ", ">": " ", ";": " ", " ": " ", "quad": " ", "qquad": " ", "enspace": " ", "thinspace": " ",
    "medspace": " ", "thickspace": " ", "space": " ", "nobreakspace": " ", "!": "", "/": "", "-": "",
    "negthinspace": "", "enskip": " ",
}  # fmt: skip

OPENING = frozenset("([{⟨⌊⌈⟦⌜")
CLOSING = frozenset(")]}⟩⌋⌉⟧⌝")
RELATIONS = frozenset(
    "=<>≤≥≠≪≫≈∼≃≅≡∝≲≳⪅⪆≺≻⪯⪰∈∉∋⊂⊆⊊⊃⊇⊥∥⊨⊢≜≔≍→←↔⟶⟵⇒⇐⇔⟹⟸⟺⟷⟼↦↪↩⇄⇆⇌⇝↛↚↮⇏⇍⇉↼⇀⇁⇋↠↞↣↭⇛⇚⊸"
    "≰≱≮≯≦≧⋘⋙≁≇≊≐≑≂∽⊈⊉⊋⊏⊑⊐⊒≼≽⊀⊁≾≿≶≷∤∦⊣⊩⊪⊬⊭⋈∝≬⋔⊲⊳⊴⊵≕≝⊫∴∵≢≄≉⩽⩾⩾≦≧≗≟"
)
BINARY = frozenset("+-−*×÷±∓·∗⋆∘•⊕⊖⊗⊙∪∩∖∧∨⋉⋊⊞⊟⊠⊡⊘⊔⊓⊎⨿∔⊛⊚⊼⊻≀⋄◁▷△")

# All of them stand in Unicode's own order of capitals, but for the seven it had before.
DOUBLE_STRUCK_ALL: dict[str, str] = (
    {letter: chr(0x1D538 + at) for at, letter in enumerate(string.ascii_uppercase)}
    | {letter: chr(0x1D552 + at) for at, letter in enumerate(string.ascii_lowercase)}
    | {digit: chr(0x1D7D8 + at) for at, digit in enumerate(string.digits)}
    | DOUBLE_STRUCK
)

SUPERSCRIPTS: dict[str, str] = dict(
    zip(
        "0123456789+−-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδφχθ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᵠᵡᶿ",
        strict=True,
    )
)
SUBSCRIPTS: dict[str, str] = dict(
    zip("0123456789+−-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)
# Stand high by themselves, or are read so: `x^*` is x*.
MARKS: dict[str, str] = {"∘": "°", "∗": "*", "TM": "™", "SM": "℠"} | {char: char for char in "*⋆†‡′″°®©™★♠♣♡♢♥♦§¶✓✗"}
