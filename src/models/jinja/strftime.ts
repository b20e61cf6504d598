// Python's strftime on Linux, in the locale C: every prompt has the same date, at midnight.

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const DAY = 86_400_000;

/** A day, in UTC, so that no clock of this machine matters. */
export interface Day {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

type Field =
  | { readonly text: string }
  | { readonly number: number; readonly width: number; readonly fill: '0' | ' ' };

/** A format with the codes of the C library, its flags (`%-d`) and widths too. Codes that it does not know stay. */
export function strftime(format: string, day: Day): string {
  return format.replace(
    /%([-_0^#]?)(\d*)([a-zA-Z%+])/g,
    (whole, flag: string, width: string, code: string) => {
      const found = field(code, day);
      if (found === undefined) return whole;
      if ('text' in found) {
        const text = flag === '^' || (flag === '#' && code !== 'p') ? found.text.toUpperCase() : found.text;
        const shown = flag === '#' && code === 'p' ? text.toLowerCase() : text;
        return shown.padStart(Number(width), flag === '0' ? '0' : ' ');
      }
      if (flag === '-') return String(found.number);
      const fill = flag === '_' ? ' ' : flag === '0' ? '0' : found.fill;
      return String(found.number).padStart(Math.max(found.width, Number(width)), fill);
    },
  );
}

function field(code: string, day: Day): Field | undefined {
  const { year, month } = day;
  const time = Date.UTC(year, month - 1, day.day);
  const weekday = new Date(time).getUTCDay();
  const ofYear = Math.round((time - Date.UTC(year, 0, 1)) / DAY);
  const zeros = (number: number, width = 2): Field => ({ number, width, fill: '0' });
  const blanks = (number: number, width = 2): Field => ({ number, width, fill: ' ' });
  const text = (value: string): Field => ({ text: value });
  const composed = (format: string): Field => text(strftime(format, day));
  const name = (names: readonly string[], i: number) => names[i] ?? '';
  switch (code) {
    case 'A':
      return text(name(DAYS, weekday));
    case 'a':
      return text(name(DAYS, weekday).slice(0, 3));
    case 'B':
      return text(name(MONTHS, month - 1));
    case 'b':
    case 'h':
      return text(name(MONTHS, month - 1).slice(0, 3));
    case 'Y':
      return zeros(year, 1);
    case 'C':
      return zeros(Math.floor(year / 100));
    case 'y':
      return zeros(year % 100);
    case 'm':
      return zeros(month);
    case 'd':
      return zeros(day.day);
    case 'e':
      return blanks(day.day);
    case 'j':
      return zeros(ofYear + 1, 3);
    case 'u':
      return zeros(weekday === 0 ? 7 : weekday, 1);
    case 'w':
      return zeros(weekday, 1);
    case 'U':
      return zeros(Math.floor((ofYear + 7 - weekday) / 7));
    case 'W':
      return zeros(Math.floor((ofYear + 7 - ((weekday + 6) % 7)) / 7));
    case 'V':
      return zeros(isoWeek(time).week);
    case 'G':
      return zeros(isoWeek(time).year, 1);
    case 'g':
      return zeros(isoWeek(time).year % 100);
    case 'H':
    case 'M':
    case 'S':
      return zeros(0);
    case 'k':
      return blanks(0);
    case 'I':
      return zeros(12);
    case 'l':
      return blanks(12);
    case 'f':
      return text('000000');
    case 'p':
      return text('AM');
    case 'P':
      return text('am');
    case 'z':
    case 'Z':
      return text('');
    case 's':
      return text(String(time / 1000));
    case 'n':
      return text('\n');
    case 't':
      return text('\t');
    case '%':
      return text('%');
    case 'c':
      return composed('%a %b %e %H:%M:%S %Y');
    case 'x':
    case 'D':
      return composed('%m/%d/%y');
    case 'X':
    case 'T':
      return composed('%H:%M:%S');
    case 'F':
      return composed('%Y-%m-%d');
    case 'R':
      return composed('%H:%M');
    case 'r':
      return composed('%I:%M:%S %p');
    default:
      return undefined;
  }
}

/** The week by ISO 8601, and the year that it belongs to: that of its Thursday. */
function isoWeek(time: number): { readonly week: number; readonly year: number } {
  const weekday = (new Date(time).getUTCDay() + 6) % 7;
  const thursday = new Date(time + (3 - weekday) * DAY);
  const year = thursday.getUTCFullYear();
  return { week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY / 7) + 1, year };
}
