/** For an element that scrolls: the keyboard must reach it. */
export const SCROLLS = { tabIndex: 0 };
