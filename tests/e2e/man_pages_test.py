#!/usr/bin/env python3
"""Every command and option that the programs' --help names stands in their man pages.

man_pages_test.py VEDETTE VEDETTED VEDETTE_GATEWAY MAN_FOLDER
"""

import pathlib
import re
import subprocess
import sys


def help_of(*words: str) -> str:
    return subprocess.run([*words, "--help"], check=True, capture_output=True, text=True).stdout


def options_in(text: str) -> set[str]:
    """Long options at the beginning of a help line: "  -c,--count UINT  End after …"."""
    return {option for line in text.splitlines() if re.match(r"\s+-", line)
            for option in re.findall(r"--[a-z][a-z-]+", line.split("  ", 3)[1] if line.startswith("  ") else line)}


def commands_in(text: str) -> list[str]:
    listed = re.split("subcommands:", text, maxsplit=1, flags=re.IGNORECASE)[-1].split("\n\n")[0]
    return re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE)


def told_by(page: pathlib.Path) -> str:
    """The page's words, mdoc's dashes put together: ".Fl -format" is "--format"."""
    return re.sub(r"(?<=[ ,])Fl -", "--", " " + page.read_text().replace(".Fl ", " Fl ").replace(".It Fl", " Fl"))


def missing_in(page: pathlib.Path, options: set[str], *more: pathlib.Path) -> list[str]:
    """`more`: pages that the page refers to for options that aren't its own."""
    if not page.exists():
        return [f"{page.name}: there is no such page"]
    text = "".join(map(told_by, (page, *more)))
    return [f"{page.name}: {option} is missing" for option in sorted(options) if not re.search(re.escape(option) + r"\b", text)]


def main() -> int:
    vedette, vedetted, gateway, folder = *sys.argv[1:4], pathlib.Path(sys.argv[4])
    overview = help_of(vedette)
    commands = commands_in(overview)
    assert commands, "vedette --help names no command"
    missing = missing_in(folder / "vedette.1", options_in(overview))
    general = told_by(folder / "vedette.1")
    # `vedette interfaces` is told beside `vedette stats`, the lists' commands in one page; completion in the overview.
    pages = {"interfaces": "vedette-stats.1", "completion": "vedette.1",
             "solicited-only": "vedette-syn-proxy.1", **{command: "vedette-block.1" for command in ("allow", "unblock", "blocks")}}
    for command in commands:
        if f".It Cm {command}\n" not in general:
            missing.append(f"vedette.1: the command {command} is missing")
        page = folder / pages.get(command, f"vedette-{command}.1")
        told = help_of(vedette, command)
        options = options_in(told)
        if "Subcommands:" in told:  # of `vedette policy`: a page for all
            options = options.union(*(options_in(help_of(vedette, command, below)) for below in commands_in(told)))
        missing += missing_in(page, options, *([folder / "vedetted.8"] if command == "up" else []))
    missing += missing_in(folder / "vedetted.8", options_in(help_of(vedetted)))
    missing += missing_in(folder / "vedette-gateway.8", options_in(help_of(gateway)))
    print("\n".join(missing) or f"{len(commands)} commands: every option stands in its page")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
