"""Loads the programs of the images, which have no suffix, for a test of their decisions."""

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

DOCKER = Path(__file__).parents[2] / "docker"

# Nothing may be written beside the programs: their folder is copied into an image.
sys.dont_write_bytecode = True


def load(path):
    """The program at this path below docker/, as a module."""
    name = Path(path).name.replace("-", "_")
    spec = spec_from_loader(name, SourceFileLoader(name, str(DOCKER / path)))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
