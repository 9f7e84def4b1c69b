"""Names of virtual hosts, which become part of an Erlang expression."""

import pytest

from stack.errors import Trouble
from stack.servers.rabbitmq.node import erlang_names, remotely


def test_names_become_a_list_of_binaries() -> None:
    assert erlang_names(["w1", "gw-2_x"]) == '[<<"w1">>, <<"gw-2_x">>]'


@pytest.mark.parametrize("name", ["", 'a">>], halt(), [<<"', "a b", "a\n"])
def test_a_name_that_is_code_is_refused(name: str) -> None:
    with pytest.raises(Trouble):
        erlang_names([name])


def test_quotes_of_an_expression_survive_the_way_to_the_node() -> None:
    assert 'erl_scan:string("f(<<\\"x\\">>), ok.")' in remotely('f(<<"x">>), ok.')
