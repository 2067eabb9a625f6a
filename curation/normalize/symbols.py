r"""LaTeX's math commands and the characters they print.

Names and meanings are those of LaTeX and amssymb ("The Comprehensive LaTeX Symbol List"), the characters Unicode's.
Where print shows the same letter in two cuts, the table has the plain one: `\epsilon` and `\varepsilon` are both ε.
"""

from __future__ import annotations

__all__ = ["ACCENTS", "DOUBLE_STRUCK", "GREEK", "OPERATORS", "SIZES", "STYLES", "SYMBOLS"]

GREEK: dict[str, str] = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
    "varepsilon": "ε", "vartheta": "ϑ", "varpi": "ϖ", "varrho": "ϱ", "varsigma": "ς", "varphi": "φ",
}  # fmt: skip

SYMBOLS: dict[str, str] = GREEK | {
    # letters
    "ell": "ℓ", "hbar": "ℏ", "Re": "ℜ", "Im": "ℑ", "aleph": "ℵ", "nabla": "∇", "partial": "∂", "infty": "∞",
    "imath": "ı", "jmath": "ȷ",
    # operations
    "times": "×", "div": "÷", "pm": "±", "mp": "∓", "cdot": "·", "ast": "∗", "star": "⋆", "circ": "∘", "bullet": "•",
    "oplus": "⊕", "ominus": "⊖", "otimes": "⊗", "odot": "⊙", "cup": "∪", "cap": "∩", "bigcup": "⋃", "bigcap": "⋂",
    "setminus": "∖", "wedge": "∧", "vee": "∨", "land": "∧", "lor": "∨", "neg": "¬", "lnot": "¬",
    "sum": "∑", "prod": "∏", "int": "∫",
    # relations
    "leq": "≤", "le": "≤", "leqslant": "≤", "geq": "≥", "ge": "≥", "geqslant": "≥", "neq": "≠", "ne": "≠",
    "ll": "≪", "gg": "≫", "approx": "≈", "sim": "∼", "simeq": "≃", "cong": "≅", "equiv": "≡", "propto": "∝",
    "lesssim": "≲", "gtrsim": "≳", "lessapprox": "⪅", "gtrapprox": "⪆", "prec": "≺", "succ": "≻", "preceq": "⪯",
    "succeq": "⪰", "in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆", "subsetneq": "⊊",
    "supset": "⊃", "supseteq": "⊇", "perp": "⊥", "parallel": "∥", "mid": "|", "models": "⊨", "vdash": "⊢",
    "vDash": "⊨", "triangleq": "≜", "coloneqq": "≔", "asymp": "≍", "lt": "<", "gt": ">",
    # arrows
    "to": "→", "rightarrow": "→", "leftarrow": "←", "leftrightarrow": "↔", "longrightarrow": "⟶",
    "longleftarrow": "⟵", "Rightarrow": "⇒", "Leftarrow": "⇐", "Leftrightarrow": "⇔", "Longrightarrow": "⟹",
    "implies": "⟹", "iff": "⟺", "uparrow": "↑", "downarrow": "↓", "Uparrow": "⇑", "Downarrow": "⇓",
    "updownarrow": "↕", "nearrow": "↗", "searrow": "↘", "mapsto": "↦", "hookrightarrow": "↪",
    "rightleftarrows": "⇄", "rightleftharpoons": "⇌", "rightsquigarrow": "⇝", "leadsto": "⇝", "nrightarrow": "↛",
    "xrightarrow": "→",
    # delimiters
    "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "lVert": "‖",
    "rVert": "‖", "Vert": "‖", "vert": "|", "lvert": "|", "rvert": "|", "lbrace": "{", "rbrace": "}",
    # the rest
    "dots": "…", "ldots": "…", "cdots": "⋯", "dotsc": "…", "dotsb": "⋯", "vdots": "⋮", "forall": "∀", "exists": "∃",
    "emptyset": "∅", "varnothing": "∅", "top": "⊤", "bot": "⊥", "angle": "∠", "triangle": "△", "square": "□",
    "blacksquare": "■", "checkmark": "✓", "dagger": "†", "ddagger": "‡", "prime": "′", "circledR": "®",
    "copyright": "©", "diamond": "⋄", "diamondsuit": "♢", "heartsuit": "♡", "spadesuit": "♠", "clubsuit": "♣",
    "bigstar": "★", "degree": "°", "colon": ":", "backslash": "\\",
}  # fmt: skip

# Set a font; the letters stay.
STYLES = frozenset(
    {
        "mathrm", "mathbf", "mathit", "mathsf", "mathtt", "mathcal", "mathscr", "mathfrak", "mathnormal",
        "boldsymbol", "bm", "pmb", "operatorname", "text", "textbf", "textit", "textrm", "textsf", "textsc",
        "texttt", "textnormal", "emph", "mbox", "hbox", "ensuremath", "displaystyle", "textstyle", "scriptstyle",
        "bf", "rm", "it", "em", "sf", "tt", "cal", "small", "large", "underline",
    }
)  # fmt: skip
DOUBLE_STRUCK = dict(zip("CHNPQRZEFDKTAGISVX", "ℂℍℕℙℚℝℤ𝔼𝔽𝔻𝕂𝕋𝔸𝔾𝕀𝕊𝕍𝕏", strict=True))
# Set the size of the delimiter that follows, and print nothing.
SIZES = frozenset(
    {
        "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl",
        "Biggr", "bigm", "limits",
    }
)  # fmt: skip
ACCENTS = {
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0304",
    "overline": "\u0304", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7", "check": "\u030c",
}  # fmt: skip
# Printed as they are written: without their backslash nothing is lost.
OPERATORS = frozenset(
    {
        "arccos", "arcsin", "arctan", "arg", "argmax", "argmin", "cos", "cosh", "cot", "coth", "csc", "deg", "det",
        "dim", "exp", "gcd", "hom", "inf", "ker", "lg", "lim", "liminf", "limsup", "ln", "log", "max", "min", "mod",
        "poly", "polylog", "Pr", "sec", "sin", "sinh", "sup", "tan", "tanh",
    }
)  # fmt: skip
