// Draws client/images/icon.png: a nabla, and beneath it the squiggle of a warning.
import { writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";
import { at } from "./places.mjs";

const SIZE = 128;
const SAMPLES = 4;
const BACKGROUND = [23, 43, 77];
const NABLA = [255, 255, 255];
const SQUIGGLE = [255, 179, 0];

/** Distance from a point to the segment between two others. */
function distance([x, y], [ax, ay], [bx, by]) {
    const t = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2);
    const within = Math.min(1, Math.max(0, t));
    return Math.hypot(x - ax - within * (bx - ax), y - ay - within * (by - ay));
}

const CORNERS = [
    [34, 26],
    [94, 26],
    [64, 82],
];
const SIDES = CORNERS.map((corner, index) => [corner, CORNERS[(index + 1) % CORNERS.length]]);

function colorAt(x, y) {
    const inset = [Math.abs(x - 64) - 40, Math.abs(y - 64) - 40].map((each) => Math.max(each, 0));
    if (Math.hypot(...inset) > 24) return undefined;
    if (SIDES.some(([from, to]) => distance([x, y], from, to) < 5)) return NABLA;
    const wave = 103 + 5 * Math.sin((x - 64) / 4.5);
    const steepness = Math.hypot(1, (5 / 4.5) * Math.cos((x - 64) / 4.5));
    return Math.abs(y - wave) / steepness < 3.2 && Math.abs(x - 64) < 38 ? SQUIGGLE : BACKGROUND;
}

/** Red, green, blue and alpha of a pixel: the mean of what lies under it. */
function pixel(column, row) {
    const offsets = Array.from({ length: SAMPLES ** 2 }, (_, i) => [i % SAMPLES, Math.floor(i / SAMPLES)]);
    const colors = offsets.map(([dx, dy]) => colorAt(column + (dx + 0.5) / SAMPLES, row + (dy + 0.5) / SAMPLES));
    const seen = colors.filter((color) => color !== undefined);
    const mean = (channel) => seen.reduce((sum, color) => sum + color[channel], 0) / Math.max(seen.length, 1);
    return [mean(0), mean(1), mean(2), (255 * seen.length) / colors.length].map(Math.round);
}

function chunk(type, data) {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

const range = [...Array(SIZE).keys()];
// Each row begins with its filter: 0, none.
const rows = range.map((row) => Buffer.from([0, ...range.flatMap((column) => pixel(column, row))]));
const header = Buffer.from([0, 0, 0, SIZE, 0, 0, 0, SIZE, 8, 6, 0, 0, 0]);
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const data = deflateSync(Buffer.concat(rows), { level: 9 });
const chunks = [chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))];
writeFileSync(at("client/images/icon.png"), Buffer.concat([signature, ...chunks]));
