import os

import pytest

from git_ignore import GitIgnore

RULES = """
# a comment
/media/
*.log
!kept.log
build
/*.env
docs/**/drafts
frontend/dist
**/cache/*
data/**
!data/keep.txt
temp-?.txt
page[0-9].html
page[!a-z]x.html
\\#odd
\\!odd
trailing   
a.b
/only-here
"""
# As Git itself says: git ls-files --others --exclude-standard.
LEFT = """
aXb build.py data/keep.txt docs/a frontend/src/a inner/a.log inner/sub/keep/c.txt
other/frontend/dist/a pagea.html pageax.html pages/kept.log pages/media/a pages/only-here pages/x.env
temp-12.txt
"""
IGNORED = """
media/a a.log pages/b.log build pages/build/x x.env docs/drafts/a docs/de/old/drafts/b frontend/dist/a
x/cache/y cache/z data/a/b temp-1.txt page1.html page1x.html trailing a.b only-here inner/b.txt
inner/sub/c.txt #odd !odd
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / ".gitignore").write_text(RULES)
    for name in (LEFT + IGNORED).split():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "inner/.gitignore").write_text("*.txt\n!a.log\n!sub/keep/*.txt\n")
    return tmp_path


def left(folder):
    """The files that are not ignored."""
    ignored = GitIgnore(folder)
    for path, folders, names in os.walk(folder):
        folders[:] = [x for x in folders if not ignored.has(path, x, True)]
        for name in names:
            if not ignored.has(path, name, False):
                yield os.path.relpath(os.path.join(path, name), folder)


def test_it_ignores_what_git_ignores(folder):
    found = [path for path in left(folder) if not path.endswith(".gitignore")]
    assert sorted(found) == sorted(LEFT.split())


def test_it_ignores_what_is_never_source(folder):
    (folder / ".gitignore").unlink()
    for name in (".venv", "node_modules", "pages/__pycache__"):
        (folder / name).mkdir()
        (folder / name / "module.py").touch()
    assert not [path for path in left(folder) if path.endswith("module.py")]
