// Times as files and tables write them, by the phone's own clock.

function local(time) {
  return new Date(time - new Date(time).getTimezoneOffset() * 60000).toISOString();
}

/** 20260504-091233 */
export const stampOf = (time) => local(time).slice(0, 19).replace(/[-:]/g, '').replace('T', '-');

/** 2026-05-04 */
export const dayOf = (time) => local(time).slice(0, 10);

/** 2026-05-04T09:12:33+09:00 */
export function isoOf(time) {
  const minutes = -new Date(time).getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((one) => String(one).padStart(2, '0'));
  return `${local(time).slice(0, 19)}${minutes < 0 ? '-' : '+'}${hours}:${rest}`;
}
