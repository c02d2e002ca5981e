"""The generator's screen: temperature, power and impedance over time, a strip each with its own scale."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["TREND_PX", "draw_trend", "trend"]

TREND_PX = 268
STRIPS = (("Temperature, °C", "#ff7a45", 40), ("Power, W", "#f0e442", 5), ("Impedance, Ω", "#56b4e9", 100))
"""Name with unit, colour, and what a scale holds at least."""
_TOP, _STRIP, _GAP = 20, 56, 24


def trend() -> dict[str, Any]:
    """An empty screen, as options of ECharts."""
    dim, rule = "#9aa7b2", {"lineStyle": {"color": "#222a31"}}
    count = len(STRIPS)
    return {
        "animation": False,
        "grid": [{"left": 40, "right": 12, "top": _TOP + n * (_STRIP + _GAP), "height": _STRIP} for n in range(count)],
        "title": [
            {
                "text": name,
                "left": 36,
                "top": _TOP + n * (_STRIP + _GAP) - 19,
                "padding": 0,
                "textStyle": {"color": colour, "fontSize": 12, "fontWeight": 600},
            }
            for n, (name, colour, _) in enumerate(STRIPS)
        ],
        "xAxis": [
            {
                "type": "value",
                "gridIndex": n,
                "min": 0,
                "axisLabel": {"show": n == count - 1, "color": dim, "fontSize": 10},
                "axisTick": {"show": n == count - 1},
                "axisLine": {"lineStyle": {"color": "#55616c"}},
                "splitLine": rule,
                "name": "seconds" if n == count - 1 else "",
                "nameLocation": "middle",
                "nameGap": 18,
                "nameTextStyle": {"color": dim, "fontSize": 11},
            }
            for n in range(count)
        ],
        "yAxis": [
            {
                "type": "value",
                "gridIndex": n,
                "min": 0,
                "max": least,
                "splitNumber": 2,
                "axisLabel": {"color": dim, "fontSize": 10},
                "splitLine": rule,
            }
            for n, (_, _, least) in enumerate(STRIPS)
        ],
        "series": [
            {
                "name": name,
                "type": "line",
                "xAxisIndex": n,
                "yAxisIndex": n,
                "showSymbol": False,
                "data": [],
                "lineStyle": {"color": colour, "width": 1.8},
                "itemStyle": {"color": colour},
            }
            for n, (name, colour, _) in enumerate(STRIPS)
        ],
    }


def draw_trend(chart: Any, trace: Any, upto: Any, end_s: float) -> None:
    """Show a trace as far as `upto` (mask of its times); scales are those of the whole."""
    time_s = np.asarray(trace.time_s)
    for n, values in enumerate((trace.tip_c, trace.power_w, trace.impedance_ohm)):
        y = np.asarray(values, dtype=float)
        known = np.isfinite(y)
        most = max(float(y[known & (time_s <= end_s)].max(initial=0.0)), float(STRIPS[n][2]))
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if most / s <= 2.0 or s == 5000)
        chart.options["yAxis"][n] |= {"max": float(np.ceil(most * 1.02 / step) * step), "interval": step}
        chart.options["xAxis"][n]["max"] = round(end_s)
        pairs = zip(time_s[upto & known], y[upto & known], strict=True)
        chart.options["series"][n]["data"] = [[round(float(t), 2), round(float(v), 2)] for t, v in pairs]
    chart.update()
