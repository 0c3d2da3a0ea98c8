"""Carries out a launch file's actions: variables, conditions, includes, groups. What remains are processes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from touchloop.errors import InputError
from touchloop.launching import model
from touchloop.launching.node_command import joined_namespace, node_command
from touchloop.launching.parser import parse_file
from touchloop.launching.scope import Scope

OUTPUTS = ("screen", "log", "both")
INCLUDE_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Process:
    """One process to start."""

    name: str
    """Unique; shown before each line of its output."""
    command: tuple[str, ...]
    environment: Mapping[str, str]
    cwd: Path | None
    output: str
    """``screen``, ``log`` (only standard error on the screen) or ``both``."""
    respawn: bool
    respawn_delay_s: float
    shutdown_on_exit: bool
    sigterm_timeout_s: float
    sigkill_timeout_s: float


@dataclass(slots=True)
class _Run:
    scope: Scope
    processes: list[Process] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


def declared_arguments(launch_file: model.LaunchFile) -> tuple[model.Argument, ...]:
    """Return the arguments that a user may set: those of the file itself, also inside its groups."""

    def walk(actions: tuple[model.Action, ...]) -> list[model.Argument]:
        found: list[model.Argument] = []
        for action in actions:
            if isinstance(action, model.Argument):
                found.append(action)
            elif isinstance(action, model.Group):
                found += walk(action.actions)
        return found

    first: dict[str, model.Argument] = {}
    for argument in walk(launch_file.actions):
        first.setdefault(argument.name, argument)
    return tuple(first.values())


def resolve(
    file: Path, arguments: Mapping[str, str], environment: Mapping[str, str], parameter_folder: Path
) -> list[Process]:
    """Return the processes that a launch file asks for, in order.

    Args:
        file: the launch file.
        arguments: values for its arguments.
        environment: of the processes; also where packages are looked for.
        parameter_folder: where to write the parameters of nodes whose full name is known.

    Raises:
        LaunchFileError: something in the file or in an included one is not usable.
        InputError: an argument that the file does not declare.
    """
    launch_file = parse_file(file.resolve())
    declared = {argument.name: argument for argument in declared_arguments(launch_file)}
    unknown = sorted(set(arguments) - set(declared))
    if unknown:
        valid = ", ".join(declared) or "none"
        raise InputError(f"{file.name} has no argument {', '.join(unknown)}; its arguments are: {valid}")
    run = _Run(Scope(dict(environment), dict(arguments), parameter_folder=parameter_folder))
    _file(launch_file, run)
    return run.processes


def _file(launch_file: model.LaunchFile, run: _Run) -> None:
    run.files.append(launch_file.file)
    with run.scope.inside(launch_file.file):
        _actions(launch_file.actions, run)
    run.files.pop()


def _actions(actions: tuple[model.Action, ...], run: _Run) -> None:
    for action in actions:
        condition = action.condition
        if condition and run.scope.truth(condition.expression, action.place) != condition.wanted:
            continue
        _action(action, run)


def _action(action: model.Action, run: _Run) -> None:
    scope = run.scope
    match action:
        case model.Argument():
            _argument(action, scope)
        case model.Let():
            scope.variables[scope.text(action.name, action.place)] = scope.text(action.value, action.place)
        case model.SetEnvironment():
            scope.environment[scope.text(action.name, action.place)] = scope.text(action.value, action.place)
        case model.PushNamespace():
            pushed = scope.text(action.namespace, action.place)
            scope.namespace = joined_namespace(scope.namespace, pushed, action.place)
        case model.SetRemap():
            scope.remaps.append((scope.text(action.old, action.place), scope.text(action.new, action.place)))
        case model.Include():
            _include(action, run)
        case model.Group(scoped=True):
            with scope.pushed(action.forwarding):
                _actions(action.actions, run)
        case model.Group():
            _actions(action.actions, run)
        case model.Executable():
            command = tuple(scope.text(word, action.place) for word in action.command)
            name = scope.text(action.name, action.place) if action.name else Path(command[0]).name
            _process(action, name, command, action.options, run)
        case model.Node():
            name, command = node_command(action, scope)
            _process(action, name, command, action.options, run)


def _argument(argument: model.Argument, scope: Scope) -> None:
    if argument.name not in scope.variables:
        if argument.default is None:
            about = f" ({argument.description})" if argument.description else ""
            raise argument.place.error(f"the argument {argument.name!r}{about} needs a value: {argument.name}:=...")
        scope.variables[argument.name] = scope.text(argument.default, argument.place)
    value = scope.variables[argument.name]
    if argument.choices and value not in argument.choices:
        valid = ", ".join(argument.choices)
        raise argument.place.error(f"the argument {argument.name!r} is {value!r}; it can be: {valid}")


def _include(include: model.Include, run: _Run) -> None:
    scope = run.scope
    file = Path(scope.text(include.file, include.place))
    if len(run.files) >= INCLUDE_DEPTH:
        raise include.place.error(f"launch files include each other more than {INCLUDE_DEPTH} deep")
    if not file.is_file():
        raise include.place.error(f"the file {file} does not exist")
    launch_file = parse_file(file)
    declared = [argument.name for argument in declared_arguments(launch_file)]
    for name_template, value in include.arguments:
        name = scope.text(name_template, include.place)
        if name not in declared:
            valid = ", ".join(declared) or "none"
            raise include.place.error(f"{file.name} has no argument {name!r}; its arguments are: {valid}")
        scope.variables[name] = scope.text(value, include.place)
    _file(launch_file, run)


def _process(
    action: model.Action, name: str, command: tuple[str, ...], options: model.ProcessOptions, run: _Run
) -> None:
    scope, place = run.scope, action.place
    output = scope.text(options.output, place)
    if output not in OUTPUTS:
        raise place.error(f"output is {output!r}; it can be: {', '.join(OUTPUTS)}")
    own = {scope.text(key, place): scope.text(value, place) for key, value in options.environment}
    cwd = Path(scope.text(options.cwd, place)) if options.cwd else None
    if cwd is not None and not cwd.is_dir():
        raise place.error(f"the folder {cwd} (cwd) does not exist")
    same_name = sum(process.name.rpartition("-")[0] == name or process.name == name for process in run.processes)
    run.processes.append(
        Process(
            name=f"{name}-{same_name + 1}" if same_name else name,
            command=command,
            environment={**scope.environment, **own},
            cwd=cwd,
            output=output,
            respawn=scope.truth(options.respawn, place),
            respawn_delay_s=options.respawn_delay_s,
            shutdown_on_exit=options.shutdown_on_exit,
            sigterm_timeout_s=options.sigterm_timeout_s,
            sigkill_timeout_s=options.sigkill_timeout_s,
        )
    )
