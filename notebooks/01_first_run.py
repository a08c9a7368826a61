# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first run
#
# One real day of traffic, served by one function on Lambda Managed Instances. This notebook runs
# the scenario, looks at what came out, and asks a few next questions. Everything below also works
# on a saved run: `sim.load_result(folder)`.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt

import sim

# %% [markdown]
# The whole day needs about ten seconds. A shorter stretch can be asked for by an environment
# variable; the project's tests do that.

# %%
duration = os.environ.get("LMISIM_NOTEBOOK_DURATION", "24h")
root = next(p for p in (Path.cwd(), *Path.cwd().parents) if (p / "configs").is_dir())
scenario = sim.load_scenario(root / "configs" / "world-cup-opening-day.yaml", duration=duration)
result = sim.run(scenario)
result

# %% [markdown]
# ## What did callers see?
#
# `result.invocations` has one row per function and minute: counts by outcome, latency percentiles,
# load.

# %%
minutes = result.invocations
minutes[
    ["minute", "arrived", "completed", "throttled", "latency_p50_ms", "latency_p99_ms"]
].describe()

# %% [markdown]
# ## What did the fleet do?
#
# `result.metrics` has one row per minute, capacity provider and Availability Zone. Below: vCPUs
# that were busy, and vCPUs that were paid for.

# %%
paid = result.metrics.groupby("minute")["provisioned_vcpu"].sum()
figure, axes = plt.subplots(figsize=(10, 3.5))
axes.fill_between(minutes["minute"] / 60, minutes["busy_vcpu"], alpha=0.4, label="busy")
axes.step(paid.index / 60, paid, where="post", label="paid for")
axes.set(xlabel="Time since first traffic, hours", ylabel="vCPUs, number", ylim=(0, None))
axes.legend(frameon=False)
plt.show()

# %%
result.instances[
    ["instance_type", "availability_zone", "purpose", "launched_us", "terminated_us"]
].head(10)

# %% [markdown]
# ## Who was allowed to do what?
#
# Every call was authorized. The operator role launches, the service-linked role terminates.

# %%
result.decisions.groupby(["caller_role", "action", "result"]).size().rename("decisions").to_frame()

# %% [markdown]
# ## Why did it scale?
#
# Every decision of the scaler is in the journal, with its reason.

# %%
changes = result.tables.scaling.query("action != 'hold'")
changes[["hours", "action", "ready_count", "desired_count", "reason"]].head(10)

# %% [markdown]
# ## What did it cost?

# %%
result.cost

# %% [markdown]
# ## And with a leaner fleet?
#
# The same callers, to the microsecond, against a provider that aims at a higher CPU.

# %%
lean = sim.run(
    sim.load_scenario(
        root / "configs" / "world-cup-opening-day.yaml",
        duration=duration,
        capacity_providers__web__scaling__mode="manual",
        capacity_providers__web__scaling__target_cpu="70%",
    )
)
for name, run in {"as configured": result, "at 70 % CPU": lean}.items():
    cost, latency = run.summary["cost_usd"], run.summary["latency_ms"]
    print(f"{name:14s} {cost['total']:7.2f} USD, p99 {latency['p99']:.0f} ms", end=", ")
    print(f"throttled {run.summary['throttle_rate']:.3%}")
