/** What the suffixes of a quantity stand for. */
const units: Readonly<Record<string, number>> = {
  '': 1,
  m: 1 / 1000,
  k: 1000,
  M: 1000 ** 2,
  G: 1000 ** 3,
  T: 1000 ** 4,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * The number that a quantity of Kubernetes stands for: bytes of memory or of a volume, cores of a processor. `1Gi` and
 * `1024Mi` are the same.
 *
 * @returns undefined when the text is no quantity
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function amount(quantity: unknown): number | undefined {
  const [, number, suffix = ''] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(`${quantity}`) ?? [];
  const unit = units[suffix];
  return number === undefined || unit === undefined ? undefined : Number(number) * unit;
}
