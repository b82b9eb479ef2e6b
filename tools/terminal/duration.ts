/** `40 s`, `3 min`, `2 h`, `4 days`; a time that has not come yet is `0 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 2 * 3600) return `${Math.round(whole / 60)} min`;
  return whole < 48 * 3600 ? `${Math.round(whole / 3600)} h` : `${Math.round(whole / 86_400)} days`;
}
