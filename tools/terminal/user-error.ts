/** A mistake that the person at the command line can mend: shown as its message, without a stack trace. */
export class UserError extends Error {}
