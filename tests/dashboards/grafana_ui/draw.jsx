// Draws panels with Grafana's own code, and says what it wrote: `surco.draw(panels, answers, range)`.
// What is Grafana's server here (rows to frames) and its application (which component gets what) is
// ours, as short as can be; formatting, transformations, thresholds, nulls and drawing are Grafana's.
import React from "react";
import { createRoot } from "react-dom/client";
import { flushSync } from "react-dom";
import * as data from "@grafana/data";
import "uplot/dist/uPlot.min.css";
import { BigValue, BigValueTextMode, preparePlotFrame, Table, TimeSeries } from "@grafana/ui";

const { identityOverrideProcessor: same } = data;
const theme = data.createTheme({ colors: { mode: "light" } });
const item = (path, process, custom) => ({
  id: custom ? `custom.${path}` : path, path, isCustom: custom, name: path, process, override: same,
  shouldApply: () => true, getItemsCount: () => 0,
});
const PROPERTIES = [
  item("unit", data.unitOverrideProcessor), item("decimals", data.numberOverrideProcessor),
  item("noValue", data.stringOverrideProcessor), item("mappings", data.valueMappingsOverrideProcessor),
  item("thresholds", data.thresholdsOverrideProcessor), item("min", data.numberOverrideProcessor),
  item("color", same), item("displayName", data.displayNameOverrideProcessor),
  ...["align", "axisSoftMax", "axisSoftMin", "barAlignment", "barMaxWidth", "barWidthFactor", "cellOptions",
    "drawStyle", "fillOpacity", "inspect", "insertNulls", "lineInterpolation", "lineWidth", "pointSize",
    "showPoints", "spanNulls", "stacking", "thresholdsStyle", "width"].map((name) => item(name, same, true)),
];
const fieldConfigRegistry = new data.FieldConfigOptionsRegistry(() => PROPERTIES);
data.standardFieldConfigEditorRegistry.setInit(() => PROPERTIES.filter((one) => !one.isCustom));
const transformers = new Map(Object.values(data.standardTransformers).map((one) => [one.id, one]));
data.standardTransformersRegistry.setInit(() =>
  [...transformers.values()].map((one) => ({ id: one.id, name: one.name, transformation: one })));

const kind = (values) => {
  const some = values.find((value) => value !== null);
  return some === undefined ? "number" : typeof some;
};
const field = (name, type, values, config = {}, labels) => ({ name, type, values, config, labels });

function frames(target, series, refId) {
  if (target.resultFormat === "table") {
    if (series.length === 0) return [];
    const tags = Object.keys(series[0].tags ?? {});
    const rows = series.flatMap((one) => one.values.map((row) => [row[0], ...tags.map((t) => one.tags[t]), ...row.slice(1)]));
    const names = ["Time", ...tags, ...series[0].columns.slice(1)];
    const columns = names.map((name, i) => rows.map((row) => row[i]));
    return [{ refId, length: rows.length, fields: names.map((name, i) =>
      field(name, i === 0 ? "time" : kind(columns[i]), columns[i])) }];
  }
  return series.map((one) => {
    const called = target.alias || `${one.name}.${one.columns[1]}`;
    const values = one.values.map((row) => row[1]);
    return { refId, name: called, length: values.length, fields: [
      field("Time", "time", one.values.map((row) => row[0])),
      field("Value", kind(values), values, { displayNameFromDS: called }, one.tags)] };
  });
}

async function answered(panel, answers, timeZone) {
  const raw = panel.targets.flatMap((target, i) => frames(target, answers[i], target.refId));
  const made = await new Promise((done) =>
    data.transformDataFrame(panel.transformations ?? [], raw).subscribe(done));
  return data.applyFieldOverrides({
    data: made, fieldConfig: panel.fieldConfig, replaceVariables: (text) => text, theme, timeZone,
    fieldConfigRegistry,
  });
}

const text = (shown) => data.formattedValueToString(shown);
const rows = (frame) => Array.from({ length: frame.length }, (_, i) => i);
const empty = (frame) => !frame || frame.fields.length < 2 || frame.length === 0;

const KINDS = {
  stat(panel, made, range, width, height) {
    const values = data.getFieldDisplayValues({
      fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions, theme, data: made,
      replaceVariables: (one) => one, timeZone: range.zone,
    });
    const mode = panel.options.textMode === "value" ? BigValueTextMode.Value : BigValueTextMode.ValueAndName;
    const said = values.map(({ display }) =>
      (panel.options.textMode === "value" ? "" : `${display.title}: `) + text(display));
    return [said, <div style={{ display: "flex" }}>{values.map(({ display }, i) =>
      <BigValue key={i} value={display} theme={theme} width={width / values.length} height={height}
        textMode={mode} colorMode={panel.options.colorMode} graphMode="none" justifyMode="auto" />)}</div>,
    values.map(({ display }) => display.color)];
  },
  table(panel, made, range, width, height) {
    if (empty(made[0])) return [[panel.fieldConfig.defaults.noValue], <Nothing panel={panel} />];
    const [frame] = made;
    const head = frame.fields.map((one) => data.getFieldDisplayName(one, frame, made));
    const cells = rows(frame).map((i) => frame.fields.map((one) => text(one.display(one.values[i]))));
    return [[head, ...cells].map((row) => row.join(" | ")),
      <Table data={frame} width={width} height={height} initialSortBy={panel.options.sortBy ?? []} cellHeight="sm" />];
  },
  timeseries(panel, made, range, width, height) {
    if (made.every(empty)) return [[panel.fieldConfig.defaults.noValue], <Nothing panel={panel} />];
    const times = { from: data.dateTime(range.from), to: data.dateTime(range.to), raw: {} };
    return [made.flatMap((frame) => frame.fields.slice(1).map((one) => data.getFieldDisplayName(one, frame, made))),
      <TimeSeries frames={made} structureRev={1} timeRange={times} timeZone={range.zone} width={width}
        height={height} legend={panel.options.legend} options={panel.options}>{() => null}</TimeSeries>];
  },
  "state-timeline"(panel, made, range, width) { // not a part of @grafana/ui: only what it would write
    if (made.every(empty)) return [["No data in response"], <Nothing panel={panel} />];
    const at = (t) => (width - 220) * Math.min(1, Math.max(0, (t - range.from) / (range.to - range.from)));
    const said = [], drawn = [];
    for (const frame of made) {
      const time = frame.fields[0].values;
      for (const one of frame.fields.slice(1)) {
        const states = Array.from(time, (_, i) => one.values[i] === null ? null : one.display(one.values[i]));
        said.push(`${data.getFieldDisplayName(one, frame, made)}: ${states.map((s) => s ? s.text : "").join(",")}`);
        drawn.push(<div key={one.name} style={{ position: "relative", height: 20, fontSize: 11 }}>{one.name}
          {states.map((s, i) => s && <i key={i} style={{ position: "absolute", top: 1, height: 16, background: s.color,
            left: 220 + at(time[i]), width: at(time[i + 1] ?? range.to) - at(time[i]) + 0.5 }} />)}</div>);
      }
    }
    return [said, <div>{drawn}</div>];
  },
};

const Nothing = ({ panel }) => <p style={{ textAlign: "center", color: "#777" }}>{panel.fieldConfig.defaults.noValue}</p>;

// the axes are written on canvases: keep the words of each panel
const written = new Map();
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (words, ...place) {
  const box = this.canvas.closest?.("section");
  if (box) written.set(box, (written.get(box) ?? new Set()).add(String(words)));
  return fillText.call(this, words, ...place);
};
const frame = () => new Promise((done) => requestAnimationFrame(done));

const CELL = 1240 / 24, ROW = 38;
async function draw(panels, answers, range) {
  data.setTimeZoneResolver?.(() => range.zone);
  const said = {}, drawn = new Map();
  written.clear();
  document.body.innerHTML = "";
  for (const [n, panel] of panels.entries()) {
    const { x, y, w, h } = panel.gridPos, box = document.createElement("section");
    const width = w * CELL - 8, height = h * ROW - 8;
    box.style = `position:absolute;left:${x * CELL}px;top:${y * ROW}px;width:${width}px;height:${height}px;` +
      "border:1px solid #ddd;overflow:hidden;font:14px Inter,Roboto,sans-serif;background:#fff";
    document.body.append(box);
    const made = await answered(panel, answers[n], range.zone);
    const [words, element, colours] = KINDS[panel.type](panel, made, range, width - 14, height - 38);
    flushSync(() => createRoot(box).render(
      <data.ThemeContext.Provider value={theme}><b style={{ padding: 6, display: "block" }}>{panel.title}</b>
        <div style={{ padding: "0 6px" }}>{element}</div></data.ThemeContext.Provider>));
    if (panel.type === "timeseries" && !made.every(empty)) drawn.set(panel.title, box);
    said[panel.title] = { words, colours: colours ?? [], axes: [], frames: made.map((frame) =>
      frame.fields.map((one) => ({ name: one.name, type: one.type, values: Array.from(one.values) }))) };
  }
  for (const [title, box] of drawn) {
    for (let turns = 0; turns < 600 && !written.has(box); turns++) await frame();
    said[title].axes = [...(written.get(box) ?? [])];
  }
  await frame();
  return said;
}

// the values of each curve as Grafana draws them: "span" is bridged, "hole" is not
async function curves(panel, answers, range) {
  const made = await answered(panel, answers, range.zone);
  const frame = preparePlotFrame(made, {
    x: data.fieldMatchers.get(data.FieldMatcherID.firstTimeField).get({}),
    y: data.fieldMatchers.get(data.FieldMatcherID.byTypes).get(new Set(["number"])),
  });
  const [time, ...lines] = frame.fields;
  return { time: Array.from(time.values), lines: lines.map((one) => ({
    name: data.getFieldDisplayName(one, frame),
    values: Array.from(one.values, (v) => v === undefined ? "span" : v === null ? "hole" : v) })) };
}

globalThis.surco = {
  curves,
  draw,
  interval: (from, to, px) => data.rangeUtil.calculateInterval(
    { from: data.dateTime(from), to: data.dateTime(to) }, px, ">15m").interval,
  format: (unit, value, decimals) => text(data.getValueFormat(unit)(value, decimals)),
};
