/**
 * Moves prices [site * days + day] to the nearest that are ≥ 0 and do not rise from day to day at any site: pool
 * adjacent violators (Ayer et al. 1955), in place.
 */
export function projectFalling(prices: Float64Array, days: number): void {
  const mean = new Float64Array(days);
  const size = new Int32Array(days);
  for (let from = 0; from < prices.length; from += days) {
    const pools = pool(prices, from, mean, size);
    let at = from;
    for (let k = 0; k < pools; k++) {
      const price = Math.max(0, mean[k] as number);
      for (let i = 0; i < (size[k] as number); i++) prices[at++] = price;
    }
  }
}

function pool(prices: Float64Array, from: number, mean: Float64Array, size: Int32Array): number {
  let pools = 0;
  for (let day = 0; day < mean.length; day++) {
    mean[pools] = prices[from + day] as number;
    size[pools] = 1;
    while (pools > 0 && (mean[pools - 1] as number) < (mean[pools] as number)) {
      const left = size[pools - 1] as number;
      const right = size[pools] as number;
      const sum = (mean[pools - 1] as number) * left + (mean[pools] as number) * right;
      mean[pools - 1] = sum / (left + right);
      size[pools - 1] = left + right;
      pools--;
    }
    pools++;
  }
  return pools;
}
