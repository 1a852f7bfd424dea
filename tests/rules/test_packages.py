"""What Keras learns from one file of a package it knows in the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from nablint.analyse import analyse
from nablint.siblings import Siblings
from nablint.source import Source

STEEP = "from keras import ops\n\n\ndef steep(x):\n    return ops.tanh(3 * x)\n"
MODEL = """import keras
from {home} import steep

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, activation=steep)])
model.save("model.keras")
"""
REGISTER = "@keras.saving.register_keras_serializable('p')\ndef steep"
OWN = STEEP.replace("from keras import ops", "import keras\nfrom keras import ops") + (
    "\n\nmodel = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, activation=steep)])\n"
    "model.save('m.keras')\n"
)
CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "alone": ({"model.py": OWN}, ["unregistered-activation"]),
    "not registered": (
        {"model.py": MODEL.format(home="acts"), "acts.py": STEEP},
        ["unregistered-activation"],
    ),
    "a relative import": (
        {"model.py": MODEL.format(home=".acts"), "acts.py": STEEP, "__init__.py": ""},
        ["unregistered-activation"],
    ),
    "registered where it is written": (
        {"model.py": MODEL.format(home="acts"), "acts.py": f"import keras\n{STEEP.replace('def steep', REGISTER)}"},
        [],
    ),
    "registered by a call in another file": (
        {
            "model.py": MODEL.format(home="acts"),
            "acts.py": STEEP,
            "names.py": "import keras\nfrom acts import steep\n\nkeras.saving.register_keras_serializable()(steep)\n",
        },
        [],
    ),
    "its own, registered in another file": (
        {
            "model.py": OWN,
            "names.py": "import keras\nimport model\n\nkeras.utils.get_custom_objects()['steep'] = model.steep\n",
        },
        [],
    ),
    "handed over in another file": (
        {
            "model.py": MODEL.format(home="acts"),
            "acts.py": STEEP,
            "load.py": "import keras\nimport acts\n\n"
            "model = keras.models.load_model('model.keras', custom_objects={'steep': acts.steep})\n",
        },
        [],
    ),
    "registered beside where it is written": (
        {
            "model.py": MODEL.format(home="parts.acts"),
            "parts/__init__.py": "from . import names\n",
            "parts/acts.py": STEEP,
            "parts/names.py": "import keras\nfrom .acts import steep\n\n"
            "keras.saving.get_custom_objects().update({'steep': steep})\n",
        },
        [],
    ),
    "what another function makes is not followed": (
        {
            "model.py": MODEL.format(home="acts").replace("=steep", "=steep(3)"),
            "acts.py": "from keras import ops\n\n\ndef steep(a):\n    def act(x):\n        return ops.tanh(a * x)\n\n"
            "    return act\n",
        },
        [],
    ),
    "a lambda": (
        {"model.py": MODEL.format(home="acts"), "acts.py": "from keras import ops\n\nsteep = lambda x: ops.tanh(x)\n"},
        ["unloadable-activation"],
    ),
    "a compiled function": (
        {"model.py": MODEL.format(home="acts"), "acts.py": STEEP.replace("def", "@tf.function\ndef")},
        ["unloadable-activation"],
    ),
}


@pytest.mark.parametrize(("files", "wanted"), CASES.values(), ids=CASES)
def test_the_package_tells(tmp_path: Path, files: dict[str, str], wanted: list[str]) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    source = Source(str(tmp_path / "model.py"), files["model.py"])
    found = analyse(source, siblings=Siblings()).findings
    assert [finding.rule for finding in found] == wanted


def test_a_neighbour_that_changes_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "acts.py").write_text(STEEP)
    source = Source(str(tmp_path / "model.py"), MODEL.format(home="acts"))
    siblings = Siblings()
    first = analyse(source, siblings=siblings)
    (tmp_path / "acts.py").write_text("import keras\n" + STEEP.replace("def steep", REGISTER))
    siblings.refresh()
    second = analyse(source, previous=first, siblings=siblings)
    assert [[finding.rule for finding in one.findings] for one in (first, second)] == [["unregistered-activation"], []]
