from bench_samples import episode

from touchloop.bench.results import EpisodeResult
from touchloop.report.bench_choice import choose_episodes


def rows(*results: tuple[str, EpisodeResult]) -> list[tuple[str, str, EpisodeResult]]:
    return [("wipe", policy, result) for policy, result in results]


def test_a_win_that_the_other_policy_fails_its_failure_and_one_of_ours() -> None:
    episodes = rows(
        ("touchloop", episode(1, "none")),
        ("touchloop", episode(1, "after")),
        ("touchloop", episode(2, "after")),
        ("touchloop", episode(3, "before", success=False)),
        ("rdp", episode(1, "after")),
        ("rdp", episode(2, "after", success=False)),
        ("dp", episode(1, "after", success=False)),
    )
    assert [c.name for c in choose_episodes(episodes, 3)] == [
        "wipe-touchloop-after-2",
        "wipe-rdp-after-2",
        "wipe-touchloop-before-3",
    ]
    assert len(choose_episodes(episodes, 1)) == 1
    assert choose_episodes(episodes, 0) == []


def test_without_failures_there_are_wins() -> None:
    episodes = rows(("touchloop", episode(5)), ("dp", episode(5)))
    assert [c.name for c in choose_episodes(episodes, 3)] == ["wipe-touchloop-none-5", "wipe-dp-none-5"]


def test_each_task_has_its_own_and_a_lone_policy_is_shown() -> None:
    episodes = [("press", "act", episode(1, success=False)), ("wipe", "act", episode(2))]
    assert [c.name for c in choose_episodes(episodes, 3)] == ["press-act-none-1", "wipe-act-none-2"]
