"""~/tare of the arm adapter: the driver's own service that sets its sensor to zero, refused in contact or motion."""

import time
from typing import Any

from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import SetBool, Trigger

from touchloop.robots.config_sensors import Tare
from touchloop.robots.taring import TareGuard
from touchloop_nodes import qos
from touchloop_nodes.conversions import read_wrench
from touchloop_nodes.polled_input import PolledInput

PERIOD_S = 0.05
ANSWER_TIMEOUT_S = 3.0
DEPTH = 64


class TareService:
    """Serves on ``node``, in the arm's namespace."""

    def __init__(self, node: Node, config: Tare, lockstep: bool) -> None:
        self._node, self._config, self._guard = node, config, TareGuard()
        profile = qos.stream_input(lockstep, DEPTH)
        self._wrench = PolledInput(node, WrenchStamped, "wrench", profile)
        self._twist = PolledInput(node, TwistStamped, "tcp_twist", profile)
        self._target = PolledInput(node, PoseStamped, "target_pose", profile)
        self._bias = node.create_subscription(WrenchStamped, "wrench_bias", self._learn, qos.latched(), raw=True)
        kind = Trigger if config.kind == "trigger" else SetBool
        # In the node's own group the driver's answer could not come in while the service waits for it.
        self._group = ReentrantCallbackGroup()
        self._client = node.create_client(kind, config.service, callback_group=self._group)
        self._service = node.create_service(Trigger, "~/tare", self._tare, callback_group=self._group)
        self._timer = node.create_timer(PERIOD_S, self._poll, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def close(self) -> None:
        """Ends it."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_service(self._service)
        self._node.destroy_client(self._client)
        self._node.destroy_subscription(self._bias)
        for polled in (self._wrench, self._twist, self._target):
            polled.close()

    def _poll(self) -> None:
        now_s = time.monotonic()
        for data in self._wrench.take():
            self._guard.wrench(read_wrench(data)[1], now_s)
        for data in self._twist.take():
            self._guard.twist(read_wrench(data)[1], now_s)
        for _ in self._target.take():
            self._guard.target(now_s)

    def _learn(self, data: bytes) -> None:
        self._guard.bias(read_wrench(data)[1])

    async def _tare(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        refusal = self._guard.refusal(time.monotonic())
        if not refusal and not self._client.service_is_ready():
            refusal = f"the driver's service {self._config.service} is not there"
        if refusal:
            response.success, response.message = False, refusal
            return response
        answer = await self._answer()
        response.success = answer is not None and answer.success
        if response.success:
            # What touchloop tared before is no longer the sensor's bias; the controller tares anew when it starts.
            self._guard.bias(None)
            response.message = (
                f"{self._config.service}: {answer.message or 'done'}; start the controller, it tares anew"
            )
        else:
            said = "no answer" if answer is None else answer.message or "refused"
            response.message = f"{self._config.service}: {said}"
        return response

    async def _answer(self) -> Any:
        """The driver's, or None when it is late."""
        either: Future = Future()
        request = Trigger.Request() if self._config.kind == "trigger" else SetBool.Request(data=True)

        def answered(future: Future) -> None:
            if not either.done():
                either.set_result(future.result())

        def late() -> None:
            if not either.done():
                either.set_result(None)

        self._client.call_async(request).add_done_callback(answered)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        timer = self._node.create_timer(ANSWER_TIMEOUT_S, late, callback_group=self._group, clock=steady)
        answer = await either
        self._node.destroy_timer(timer)
        return answer
