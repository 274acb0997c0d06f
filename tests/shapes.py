"""Values that AWS would take, made from botocore's own service model: no member is forgotten, today's or tomorrow's."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import botocore.session
from hypothesis import strategies as st

LONGEST = 3
LONGEST_TEXT = 8


@lru_cache(maxsize=1)
def of_register_task_definition() -> Any:
    """The shape of RegisterTaskDefinition's input."""
    ecs = botocore.session.get_session().get_service_model("ecs")
    return ecs.operation_model("RegisterTaskDefinition").input_shape


def values_of(shape: Any) -> st.SearchStrategy[Any]:
    """Members that are not required come and go; lists and maps are empty at times, and so are texts."""
    if shape.type_name == "structure":
        members = {name: values_of(member) for name, member in shape.members.items()}
        if shape.is_tagged_union:
            return st.one_of(*(st.fixed_dictionaries({name: member}) for name, member in members.items()))
        required = {name: members.pop(name) for name in shape.required_members}
        return st.fixed_dictionaries(required, optional=members)
    if shape.type_name == "list":
        return st.lists(values_of(shape.member), max_size=LONGEST)
    if shape.type_name == "map":
        return st.dictionaries(values_of(shape.key), values_of(shape.value), max_size=LONGEST)
    return _plain_values_of(shape)


def _plain_values_of(shape: Any) -> st.SearchStrategy[Any]:
    if shape.type_name == "boolean":
        return st.booleans()
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name in ("integer", "long"):
        return st.integers(-(2**31) if least is None else least, 2**31 - 1 if most is None else most)
    if shape.type_name == "string":
        return st.sampled_from(shape.enum) if shape.enum else st.text(min_size=least or 0, max_size=LONGEST_TEXT)
    raise NotImplementedError(f"{shape.name} is a {shape.type_name}, which ECS had none of so far: say how to make one")
