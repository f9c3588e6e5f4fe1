/** Responsible for how times read in the transcript: in the merchant's zone, as WeChat writes them. */

const ZONE = document.documentElement.dataset.timeZone;
const DAY_MS = 24 * 60 * 60 * 1000;

const hourMinute = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const weekday = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, weekday: "long" });
const yearMonthDay = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric" });
const isoDay = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

/** @param {Date} time @returns {number} whole calendar days since 1970 in the merchant's zone */
function dayNumber(time) {
  return Date.parse(isoDay.format(time)) / DAY_MS;
}

/**
 * “14:05”, “昨天 14:05”, “星期三 14:05” within a week, else “2025年3月1日 14:05”.
 * @param {Date} time
 * @param {Date} [now]
 * @returns {string}
 */
export function stampText(time, now = new Date()) {
  const clock = hourMinute.format(time);
  const daysAgo = dayNumber(now) - dayNumber(time);
  if (daysAgo === 0) return clock;
  if (daysAgo === 1) return `昨天 ${clock}`;
  if (daysAgo > 1 && daysAgo < 7) return `${weekday.format(time)} ${clock}`;
  return `${yearMonthDay.format(time)} ${clock}`;
}
