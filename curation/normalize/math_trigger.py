r"""One RE2 pattern that finds, in a whole column at once, the texts that may have a sign of stripped math.

A superset of the signs of `signs.py`, `braces.py` and `bounds.py`: what it lets pass is looked at closely, what it
holds back is not looked at again (`tests/normalize/test_damage.py` compares the two).
"""

from __future__ import annotations

__all__ = ["MATH_TRIGGER"]

_WORDS = (
    "varepsilon|vartheta|varphi|varrho|varsigma|infty|langle|rangle|[lr]floor|[lr]ceil|[lr]Vert|[lcv]dots|dots|dotsc|ddots"
    "|cdot|nabla|hbar|ell|[lg]eq|[lg]eqslant|neq|simeq|cong|equiv|propto|lesssim|gtrsim|lessapprox|gtrapprox|subseteq"
    "|supseteq|subsetneq|notin|prec|succ|preceq|succeq|vdash|vDash|triangleq|coloneqq|otimes|oplus|odot|ominus|setminus"
    "|emptyset|varnothing|(?:[lL]ong|left|Left|nright|xright|hook|[uU]p|[dD]own|updown|right|Right)+arrows?|rightsquigarrow|nearrow|searrow|mapsto"
    "|circledR|binom"
    "|[td]?frac|sqrt|big(?:cup|cap)|[bB]igg?[lr]|math(?:rm|bf|it|sf|tt|cal|scr|frak|normal|bb)|text(?:bf|it|rm|sf|sc|tt|normal)|boldsymbol|operatorname"
    "|tilde|widetilde|widehat|overline|circ|approx|pm"
)
_GREEK_WORDS = (
    "alpha|beta|gamma|delta|(?:var)?epsilon|zeta|eta|(?:var)?theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon"
    "|(?:var)?phi|varpi|varrho|varsigma|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega"
)

# No letter stands before a name, or after it.
_B, _E = "(?:^|[^A-Za-z])", "(?:[^A-Za-z]|$)"
_FONTS = "(?:math(?:rm|bf|it|sf|tt|cal|scr|frak|normal|bb)|text(?:bf|it|rm|sf|sc|tt|normal)|boldsymbol|operatorname)"
_TOP_LEVEL = "com|org|io|net|ai|py|git|md"

MATH_TRIGGER = "|".join(
    (
        # names
        rf"(?:\b|[\d_])(?:{_WORDS}|{_GREEK_WORDS})(?:\b|[\d_])",
        rf"{_FONTS}[A-Z]|[,;+ ]dots[A-Z]",
        rf"{_B}[A-Za-z][lgn]eq(?:{_E}| ?[a-z]{_E})",
        r"[lgn]eq\d",
        rf"{_B}[a-zA-Z](?:gg|ll) ?\d",
        r"[A-Za-z](?:varepsilon|varphi|(?:left)?rightarrow|uparrow|downarrow|infty|ldots|otimes|oplus|subseteq)",
        r"[A-DF-Za-df-z]cdot|(?:^|[^n])[eE]cdot|(?:^|[^aA])necdot",
        r"[A-Za-z](?:[lr]floor|[lr]ceil|mathbb|mathcal|mathbf|langle|rangle)",
        rf"[a-zA-ZΑ-ω]approx{_E}",
        r"\{ ?(?:times|sim|pm|to|approx|le|ge|circ|cdot|mu) ?\}",
        r"(?:sum|prod|int)[_^]",
        r"(?:left|right|big|Big|bigg|Bigg) ?\\?[\[(|{)\]}.]",
        r"\d?(?:sqrt|frac)[{\d]",
        r"text\{",
        r"\{(?:bf|rm|it|sf|tt|em|cal|small|sc)\s",
        # Greek
        rf"{_B}(?:[b-zB-Z](?:alpha|gamma|delta|epsilon|lambda|sigma|kappa|Delta|omega)|[A-Z]theta){_E}",
        rf"{_B}(?:{_GREEK_WORDS})(?:{_GREEK_WORDS}|approx){_E}",
        rf"[\d.](?:{_GREEK_WORDS}){_E}",
        rf"\b[A-Za-z][_^](?:{_GREEK_WORDS})",
        rf"\d ?mu ?[mgsLlAVWMF]{_E}",
        # times
        r"[\d}%)]times|\d times \d|\(times|[A-Za-z] times \d|(?:[A-Z0-9]|\dk)times|[a-z]times[A-Z]|\w times \w+\}",
        rf"{_B}times\d",
        rf"(?:{_B}[A-Za-z]|[Α-ωℓ]) ?times ?[A-Za-zΑ-ω]{_E}",
        # relations
        rf"{_B}sim ?[\d.\\+]|[A-Z%\d]sim\d",
        rf"(?:[\d)\]}}|*+] ?|{_B}(?:[A-Za-zΑ-ωℓ]|{_GREEK_WORDS}) )(?:le|ge|ne|gg|ll|sim){_E}",
        rf"{_B}(?:le|ge|ll|gg) ?\\?\d|{_B}[A-Za-z](?:le|ge|ne) ?\d",
        r"meanpm|\dpm|\bpm\d",
        rf"(?:[)\]}}] ?|{_B}[B-HJ-Zb-zΑ-ωℓ] )(?:cup|cap|wedge|vee|perp|star|ast|mid|supset){_E}",
        rf"{_B}[A-Za-zΑ-ω](?:_\w)? ?in ?(?:[\[{{(]|(?:mathbb )?[RNZQC]\b)|[)A-Zkijβ]in(?:[\[({{]|[A-Z]|\s[A-Z]\))",
        r"[A-Z]mid |toinfty|\d[BKM%]?to[\d.]|[A-Z]to[A-Z]{2}",
        r"[_^]\{?[+-]?(?:star|ast|perp|dagger|prime|bullet|circ|top|intercal|circledR|times)",
        # the rest
        r"\$[A-Za-z( .,;)]|\$$",
        rf"\}}\{{|(?:[A-Za-z0-9/]|[^\x00-\x7f])\{{|(?:https?://|www\.|\.(?:{_TOP_LEVEL})\b)[^\s{{}}]*\{{",
        r"\{[<>~=]\}|\{[A-Za-z]_.\}|[=<>A-Za-z)]![=<>A-Za-z(]|,,|\\\d",
        r"(?:\b[Oo]|[ΘΩ]|Omega|Theta)\(.*(?:\b[Oo]|[ΘΩ]|Omega|Theta)\(",
    )
)
