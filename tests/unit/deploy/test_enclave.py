import pytest

from touchloop.deploy.enclave import with_enclave

WORDS = ["node", "--ros-args", "-r", "__node:=fast_controller", "-r", "__ns:=/cell1/left"]
ON = {"ROS_SECURITY_ENABLE": "true"}


def test_with_security_a_node_is_in_the_enclave_of_its_full_name() -> None:
    assert with_enclave(WORDS, ON) == [*WORDS, "--ros-args", "--enclave", "/cell1/left/fast_controller"]
    assert with_enclave(WORDS[:4], ON)[-1] == "/fast_controller"
    assert with_enclave([*WORDS, "-r", "__ns:=/"], ON)[-1] == "/fast_controller"


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (WORDS, {}),
        (WORDS, {"ROS_SECURITY_ENABLE": "false"}),
        (WORDS, {**ON, "ROS_SECURITY_ENCLAVE_OVERRIDE": "/own"}),
        ([*WORDS, "--enclave", "/own"], ON),
        (["node"], ON),
    ],
)
def test_otherwise_the_command_line_stays(words: list[str], environment: dict[str, str]) -> None:
    assert with_enclave(words, environment) == words
