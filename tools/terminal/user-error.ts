/** A mistake that the person at the command line can correct. Only its message is shown, without a stack trace. */
export class UserError extends Error {}
