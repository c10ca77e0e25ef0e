"""What a whole submission costs: form, rules, record, engine – and how it is shared out.

A case of the ten-step package is played twice; the second run is measured. A submission
through ``workflows.desk`` (locking, form check, rule book, record, engine, commit) is compared
with the engine's own command on the looping package in the same run.
"""

from __future__ import annotations

from benchmarks.common import Cost, engines, measure, start_case
from benchmarks.steps import step
from workflows import scenarios, simulation, studio
from workflows.scenarios import Run


def main() -> None:
    """Print the mean cost per step of a whole case and of the bare engine."""
    package = next(each for each in studio.shipped() if each.key == "cadre_ten_step")
    with simulation.stage(package) as on:
        scenarios.play(on.engine, on.clock, package, "adopted")
        played: list[Run] = []
        cost = measure(
            lambda: played.append(scenarios.play(on.engine, on.clock, package, "adopted")), 3
        )
        steps = sum(run.steps for run in played) / len(played)
        whole = Cost(cost.cpu_ms / steps, cost.wall_ms / steps)
    with engines() as made:
        _name, engine = made[0]
        case_id = start_case(engine)
        step(engine, case_id)
        bare = measure(lambda: step(engine, case_id), 200)
    print(f"SQLite: ten-step case, per step with reading the page  {whole}")
    print(f"SQLite: engine alone, per step                        {bare}")
    print(f"SQLite: pages, forms and rules take {whole.cpu_ms / bare.cpu_ms:.1f} times the engine")


if __name__ == "__main__":
    main()
