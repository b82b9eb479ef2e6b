"""What Git ignores below a folder, by the files .gitignore that are in it: the pod has neither Git nor the repository."""

import os
import re

# Also where no .gitignore says so.
NEVER_SOURCE = {"__pycache__", "node_modules"}


class GitIgnore:
    """The rules as they are when a path is first asked for. https://git-scm.com/docs/gitignore"""

    def __init__(self, root):
        self.root = str(root)
        self.rules = {}
        self.known = {}

    def has(self, folder, name, is_folder):
        """Whether what has this name in the folder is ignored, given that the folder is not."""
        key = folder, name, is_folder
        if key not in self.known:
            self.known[key] = self.find(*key)
        return self.known[key]

    def find(self, folder, name, is_folder):
        if is_folder and (name.startswith(".") or name in NEVER_SOURCE):
            return True
        path = os.path.join(folder, name)
        # Of two rules the later one holds, and that of the inner folder.
        for above, rules in reversed(self.rules_for(folder)):
            inner = os.path.relpath(path, above)
            for pattern, of_folders, ignores in reversed(rules):
                if (is_folder or not of_folders) and pattern.fullmatch(inner):
                    return ignores
        return False

    def rules_for(self, folder):
        """The rules that hold in a folder, each list with the folder of its file, the outermost first."""
        if folder not in self.rules:
            outer = (
                [] if folder == self.root else self.rules_for(os.path.dirname(folder))
            )
            own = read_rules(os.path.join(folder, ".gitignore"))
            self.rules[folder] = [*outer, (folder, own)] if own else outer
        return self.rules[folder]


def read_rules(file):
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as lines:
            return [rule for line in lines if (rule := rule_of(line))]
    except FileNotFoundError:
        return []


def rule_of(line):
    """The pattern, whether it is of folders only, and whether it ignores; None of a line without a pattern."""
    text = re.sub(r"(?<!\\)[ \t]+$", "", line.rstrip("\r\n"))
    if not text.strip("/") or text.startswith("#"):
        return None
    ignores = not text.startswith("!")
    text = text if ignores else text[1:]
    of_folders = text.endswith("/")
    text = text.rstrip("/") if of_folders else text
    # A pattern without a slash holds at every depth.
    text = text.removeprefix("/") if "/" in text else f"**/{text}"
    return re.compile(expression(text)), of_folders, ignores


def expression(glob):
    """The regular expression of a pattern, for paths that are relative to its folder."""
    found = ""
    for part in re.findall(r"\*\*/|/\*\*$|\*|\?|\[[!^]?\]?[^]]*\]|\\.|.", glob):
        if part == "**/":
            found += "(?:.*/)?"
        elif part == "/**":
            found += "/.+"
        elif part == "*":
            found += "[^/]*"
        elif part == "?":
            found += "[^/]"
        elif part.startswith("[") and len(part) > 1:
            found += "[^" + part[2:] if part[1] in "!^" else part
        else:
            found += re.escape(part[-1])
    return found
