#!/usr/bin/env python3
"""Draws a terminal's screen as SVG: tmux capture-pane -e -p | screen_to_svg.py > screen.svg

Understands what a screen's capture holds: text and SGR sequences (ECMA-48 8.3.117) with 8, 16, 256 or 24-bit colours.
"""

import html
import re
import sys
import unicodedata

CELL_WIDTH, CELL_HEIGHT, MARGIN = 8.4, 17, 12
BACKGROUND, FOREGROUND = "#11151c", "#d6dbe4"
BASIC = ["#3b4252", "#e5707b", "#8fc98f", "#e6c07b", "#6fb1ea", "#c58be0", "#5cc4cf", "#d6dbe4",
         "#7a8394", "#f28b95", "#a8e0a8", "#f3d79b", "#93c9f7", "#dbaaf0", "#86dde6", "#ffffff"]
SEQUENCE = re.compile(r"\x1b\[([0-9;:]*)m|\x1b[()][0-9A-Za-z]|[\x0e\x0f]")


def indexed(number: int) -> str:
    """One of the 256 colours: 16 basic, a cube of 6, 24 greys."""
    if number < 16:
        return BASIC[number]
    if number >= 232:
        grey = 8 + (number - 232) * 10
        return f"#{grey:02x}{grey:02x}{grey:02x}"
    steps = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#%02x%02x%02x" % (steps[number // 36], steps[number // 6 % 6], steps[number % 6])


class Style:
    def __init__(self) -> None:
        self.fore, self.back, self.bold, self.dim, self.reverse = None, None, False, False, False

    def apply(self, codes: str) -> None:
        numbers = [int(code or 0) for code in re.split("[;:]", codes)]
        while numbers:
            code = numbers.pop(0)
            if code == 0:
                self.__init__()
            elif code == 1:
                self.bold = True
            elif code == 2:
                self.dim = True
            elif code == 22:
                self.bold = self.dim = False
            elif code in (7, 27):
                self.reverse = code == 7
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.fore = BASIC[code - 30 if code < 40 else code - 82]
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.back = BASIC[code - 40 if code < 50 else code - 92]
            elif code in (38, 48) and numbers:
                color = indexed(numbers[1]) if numbers[0] == 5 else "#%02x%02x%02x" % tuple(numbers[1:4])
                del numbers[: 2 if numbers[0] == 5 else 4]
                if code == 38:
                    self.fore = color
                else:
                    self.back = color
            elif code == 39:
                self.fore = None
            elif code == 49:
                self.back = None

    def colors(self) -> tuple[str, str | None]:
        if self.reverse:
            return self.back or BACKGROUND, self.fore or FOREGROUND
        return self.fore or FOREGROUND, self.back


def cells(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def draw_line(line: str, style: Style, top: float) -> tuple[list[str], int]:
    drawn, column, position = [], 0, 0
    for match in [*SEQUENCE.finditer(line), None]:
        text = line[position : match.start() if match else len(line)]
        if text:
            fore, back = style.colors()
            left, width = MARGIN + column * CELL_WIDTH, cells(text) * CELL_WIDTH
            if back:
                drawn.append(f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{CELL_HEIGHT}" fill="{back}"/>')
            if text.strip():
                weight = ' font-weight="bold"' if style.bold else ""
                faint = ' opacity="0.6"' if style.dim else ""
                drawn.append(f'<text x="{left:.1f}" y="{top + 13:.1f}" fill="{fore}" textLength="{width:.1f}"{weight}{faint}>'
                             f"{html.escape(text)}</text>")
            column += cells(text)
        if match:
            position = match.end()
            if match.group(1) is not None:
                style.apply(match.group(1))
    return drawn, column


def main() -> None:
    style, drawn, widest = Style(), [], 0
    lines = sys.stdin.read().rstrip("\n").split("\n")
    for row, line in enumerate(lines):
        parts, columns = draw_line(line, style, MARGIN + row * CELL_HEIGHT)
        drawn += parts
        widest = max(widest, columns)
    width, height = 2 * MARGIN + widest * CELL_WIDTH, 2 * MARGIN + len(lines) * CELL_HEIGHT
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}">')
    print(f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>')
    print('<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">')
    print("\n".join(drawn))
    print("</g></svg>")


if __name__ == "__main__":
    main()
