"""`lmisim serve`: the emulator, to which real AWS clients talk."""

import logging
import sys
from pathlib import Path

import click

from sim.cli.options import voice

_CLOCKS = "settle|manual|instant|realtime[:K]"


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=4566, show_default=True, help="0: a free one."
)
@click.option(
    "--scenario", type=click.Path(path_type=Path), help="World to begin with [a fresh account]."
)
@click.option(
    "--iam",
    type=click.Choice(["enforce", "soft", "off"]),
    default="enforce",
    show_default=True,
    help="What becomes of signatures and permissions.",
)
@click.option("--clock", default="settle", show_default=True, metavar=_CLOCKS, help="Virtual time.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True)
@click.option(
    "--state", type=click.Path(path_type=Path), help="Folder that keeps the world; else memory."
)
@click.option(
    "--recover-prefix", is_flag=True, help="Go on from the sound commands of a damaged folder."
)
@click.option("--admin-token", help="Asked for by the admin API; needed for other addresses.")
def command(  # noqa: PLR0913 - click hands over one parameter per option
    *,
    host: str,
    port: int,
    scenario: Path | None,
    iam: str,
    clock: str,
    seed: int,
    state: Path | None,
    recover_prefix: bool,
    admin_token: str | None,
) -> int:
    """Serve AWS's APIs for Lambda Managed Instances on one port.

    Clients find it by the lines that are printed:

        lmisim serve --port 4566
    """
    from sim.emulator.clock import parse_pace
    from sim.emulator.server import application, serve
    from sim.emulator.session import IamMode, Session, Settings, wall_now
    from sim.emulator.snippets import shell_lines
    from sim.emulator.start import kept_session
    from sim.emulator.worlds import scenario_of_emulator

    try:
        pace = parse_pace(clock)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if host not in ("127.0.0.1", "localhost", "::1") and not admin_token:
        raise click.UsageError(
            f"`--host {host}` lets others in: give them an `--admin-token` that you choose"
        )
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    speaker = voice(is_json=False, is_quiet=False, no_color=True)
    settings = Settings(seed=seed, pace=pace, iam=IamMode(iam))
    if state is None:
        session = Session(scenario_of_emulator(scenario, now=wall_now()), settings)
    else:
        kept = kept_session(
            state,
            lambda: scenario_of_emulator(scenario, now=wall_now()),
            settings,
            recovers_prefix=recover_prefix,
        )
        session = kept.session
        speaker.say(f"{kept.replayed_count} commands of `{state}` are carried out again")

    def on_ready(taken_port: int) -> None:
        for line in shell_lines(session, endpoint=f"http://{host}:{taken_port}"):
            speaker.say(line)
        speaker.say("Ready.")

    serve(application(session, token=admin_token), host=host, port=port, on_ready=on_ready)
    return 0
