"""What people, and who acts for them, may ask of the safety supervisor."""

from collections.abc import Callable

from rclpy.node import Node
from std_srvs.srv import Trigger

from touchloop.errors import InputError


def offer(node: Node, services: dict[str, Callable[[], tuple[bool, str]]]) -> None:
    """Offers each as std_srvs/Trigger.

    Args:
        node: that offers.
        services: name to a function that says whether it went well, and what there is to say; an InputError of it is
            answered, not raised.
    """
    for name, function in services.items():
        node.create_service(Trigger, name, lambda _, answer, function=function: _answer(function, answer))


def _answer(function: Callable[[], tuple[bool, str]], answer: Trigger.Response) -> Trigger.Response:
    try:
        answer.success, answer.message = function()
    except InputError as error:
        answer.success, answer.message = False, str(error)
    return answer
