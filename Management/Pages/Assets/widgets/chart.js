// Lines over the last minutes, drawn as SVG.

import { h, svg, replace, setText } from '../app/dom.js';
import { clock, compact, rate } from '../app/format.js';

const span = 10 * 60 * 1000;
const left = 46;
const bottom = 20;
const top = 8;
const height = 190;

/** A chart of samples. Each line has a name and the member of the samples that it shows. */
export class Chart {
  constructor({ title, lines, isRate = false }) {
    this.lines = lines;
    this.format = isRate ? rate : compact;
    this.points = [];
    this.values = lines.map(() => h('output', { class: 'value' }));
    this.drawing = svg('svg', { class: 'plot', height, role: 'img', 'aria-label': title });
    this.tip = h('div', { class: 'tip', hidden: true });
    this.element = h('figure', { class: 'chart card' },
      h('figcaption', null, h('h2', null, title), h('ul', { class: 'legend' }, lines.map((line, at) =>
        h('li', { class: `line${at + 1}` }, h('span', { class: 'swatch' }), line.name, ' ', this.values[at])))),
      h('div', { class: 'plot-area', onpointermove: (event) => this.point(event), onpointerleave: () => this.point(null) }, this.drawing, this.tip));
    new ResizeObserver(() => this.draw()).observe(this.drawing);
  }

  update(points) {
    this.points = points;
    const last = points.at(-1) ?? {};
    this.lines.forEach((line, at) => setText(this.values[at], this.format(last[line.member] ?? 0)));
    this.draw();
  }

  draw() {
    const width = this.drawing.clientWidth;
    if (width === 0) {
      return;
    }
    const end = this.points.at(-1)?.time ?? Date.now();
    const begin = Math.max(end - span, Math.min(this.points[0]?.time ?? end, end - 60_000));
    const shown = this.points.filter((point) => point.time >= begin);
    const most = ceiling(Math.max(1, ...shown.flatMap((point) => this.lines.map((line) => point[line.member] ?? 0))));
    this.x = (time) => left + ((time - begin) / (end - begin)) * (width - left - 6);
    this.y = (value) => top + (1 - value / most) * (height - top - bottom);
    this.shown = shown;
    replace(this.drawing, this.grid(most, begin, end, width), this.lines.map((line, at) => this.line(line, at)),
      svg('line', { class: 'cross', y1: top, y2: height - bottom, visibility: 'hidden' }));
    this.cross = this.drawing.lastChild;
  }

  grid(most, begin, end, width) {
    const marks = [0, 0.5, 1].map((part) => [
      svg('line', { class: 'grid', x1: left, x2: width - 6, y1: this.y(most * part), y2: this.y(most * part) }),
      svg('text', { x: left - 6, y: this.y(most * part) + 4, 'text-anchor': 'end' }, compact(most * part)),
    ]);
    const times = [[begin, 'start'], [end, 'end']].map(([time, anchor]) =>
      svg('text', { x: this.x(time), y: height - 5, 'text-anchor': anchor }, clock(time)));
    return [marks, times];
  }

  line(line, at) {
    const points = this.shown.map((point) => `${this.x(point.time).toFixed(1)},${this.y(point[line.member] ?? 0).toFixed(1)}`);
    const area = points.length > 1 && at === 0
      ? svg('polygon', { class: 'area line1', points: `${this.x(this.shown[0].time)},${this.y(0)} ${points.join(' ')} ${this.x(this.shown.at(-1).time)},${this.y(0)}` })
      : null;
    return [area, points.length === 1
      ? svg('circle', { class: `dot line${at + 1}`, cx: this.x(this.shown[0].time), cy: this.y(this.shown[0][line.member] ?? 0), r: 2.5 })
      : svg('polyline', { class: `path line${at + 1}`, points: points.join(' ') })];
  }

  point(event) {
    if (event === null || !this.shown?.length) {
      this.tip.hidden = true;
      this.cross?.setAttribute('visibility', 'hidden');
      return;
    }
    const at = event.clientX - this.drawing.getBoundingClientRect().left;
    const nearest = this.shown.reduce((best, point) => (Math.abs(this.x(point.time) - at) < Math.abs(this.x(best.time) - at) ? point : best));
    const x = this.x(nearest.time);
    this.cross.setAttribute('x1', x);
    this.cross.setAttribute('x2', x);
    this.cross.setAttribute('visibility', 'visible');
    replace(this.tip, h('b', null, clock(nearest.time)), this.lines.map((line) => h('div', null, `${line.name} ${this.format(nearest[line.member] ?? 0)}`)));
    this.tip.hidden = false;
    const isLeft = x > this.drawing.clientWidth / 2;
    this.tip.style.left = isLeft ? '' : `${x + 10}px`;
    this.tip.style.right = isLeft ? `${this.drawing.clientWidth - x + 10}px` : '';
  }
}

/** The next number of 1, 2, 5 and zeros: an axis that people read. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 10].map((step) => step * power).find((step) => step >= value);
}
