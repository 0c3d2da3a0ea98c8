import pytest

from touchloop.launching.environment import REPOSITORY, workspace_variables


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ({}, "SYSTEM_DEFAULT"),
        ({"RMW_IMPLEMENTATION": "rmw_fastrtps_cpp"}, "SYSTEM_DEFAULT"),
        ({"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"}, "LOCALHOST"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET"}, "SUBNET"),
    ],
)
def test_without_a_wish_traffic_stays_on_this_machine(base: dict[str, str], expected: str) -> None:
    assert workspace_variables(base)["ROS_AUTOMATIC_DISCOVERY_RANGE"] == expected


def test_a_profile_of_the_users_own_stays() -> None:
    assert workspace_variables({})["FASTDDS_DEFAULT_PROFILES_FILE"] == str(REPOSITORY / "config/fastdds.xml")
    own = {"FASTDDS_DEFAULT_PROFILES_FILE": "/etc/touchloop/fastdds.xml"}
    assert workspace_variables(own)["FASTDDS_DEFAULT_PROFILES_FILE"] == "/etc/touchloop/fastdds.xml"
