// What one can take away of a map: a link, Python, SVG, PNG, CSV. Nothing is sent anywhere.

import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import type { MapData } from '../data.ts';
import { mapCsv, mapName, mapPython } from '../maps.ts';
import type { Cell } from '../routes.ts';

interface CopyMenuProps {
  readonly map: MapData;
  readonly cell: Cell;
  /** Holds the drawn map. */
  readonly frame: RefObject<HTMLElement | null>;
}

async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages that browsers do not trust, and windows without focus, have the old way alone.
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}

function download(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** The drawn map as a picture that stands by itself: black on white, with what it is and was made with below. */
function standaloneSvg(svg: SVGSVGElement, map: MapData): { text: string; width: number; height: number } {
  const copy = document.importNode(svg, true);
  const { width, height } = svg.viewBox.baseVal;
  const notes = [mapName(map), ...map.made];
  const tall = height + 16 * notes.length + 8;
  const attributes: Record<string, string> = {
    ...{ xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${tall}`, color: '#1c1e21' },
    ...{ width: String(width), height: String(tall), role: 'img' },
  };
  for (const [name, value] of Object.entries(attributes)) copy.setAttribute(name, value);
  for (const name of ['class', 'tabindex', 'aria-roledescription']) copy.removeAttribute(name);
  copy.querySelector('.cursor')?.remove();
  const element = (name: string, own: Record<string, string>, text = '') => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(own)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };
  copy.prepend(element('rect', { width: '100%', height: '100%', fill: '#ffffff' }));
  notes.forEach((note, i) => {
    const y = String(height + 14 + 16 * i);
    copy.append(element('text', { x: '4', y, 'font-size': i === 0 ? '13' : '11', fill: '#1c1e21' }, note));
  });
  return { text: new XMLSerializer().serializeToString(copy), width, height: tall };
}

async function downloadPng(svg: SVGSVGElement, map: MapData, name: string): Promise<void> {
  const { text, width, height } = standaloneSvg(svg, map);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => blob && download(name, blob), 'image/png');
}

export function CopyMenu({ map, cell, frame }: CopyMenuProps) {
  const [said, setSaid] = useState('');
  const tell = (text: string) => {
    setSaid(text);
    setTimeout(() => setSaid(''), 2500);
  };
  const name = map.id.replaceAll('/', '+');
  const drawn = () => frame.current?.querySelector<SVGSVGElement>('svg.map');
  const svgOf = (use: (svg: SVGSVGElement) => void) => () => {
    const svg = drawn();
    if (svg) use(svg);
  };
  const copy = (what: string, text: () => string) => () =>
    copyText(text()).then(() => tell(`${what} copied`));
  return (
    <div class="tools">
      <button type="button" onClick={copy('Link', () => location.href)}>
        Copy link
      </button>
      <button type="button" onClick={copy('Python', () => mapPython(map, cell))}>
        Copy as Python
      </button>
      <button
        type="button"
        onClick={svgOf((svg) => download(`${name}.svg`, new Blob([standaloneSvg(svg, map).text])))}
      >
        SVG
      </button>
      <button type="button" onClick={svgOf((svg) => void downloadPng(svg, map, `${name}.png`))}>
        PNG
      </button>
      <button type="button" onClick={() => download(`${name}.csv`, new Blob([mapCsv(map)]))}>
        CSV
      </button>
      <span class="said" role="status">
        {said}
      </span>
    </div>
  );
}
