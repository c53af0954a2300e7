const bitLength = (value: number): number => 32 - Math.clz32(value)

/**
 * Sorts as Go's sort.Sort does, equal elements included: the order of ties is visible, and some of Kubernetes' orders contradict themselves, so that the
 * outcome is the algorithm's (and that of Array.prototype.sort differs between JavaScript engines). Above twelve elements it is not stable.
 * Models sort/zsortinterface.go (pattern-defeating quicksort).
 */
export function goSort<T>(input: readonly T[], less: (a: T, b: T) => boolean): T[] {
  const items = [...input]
  new Sorter(items, less).sort(0, items.length, bitLength(items.length))
  return items
}

class Sorter<T> {
  readonly #items: T[]
  readonly #isLess: (a: T, b: T) => boolean

  constructor(items: T[], less: (a: T, b: T) => boolean) {
    this.#items = items
    this.#isLess = less
  }

  #less(i: number, j: number): boolean {
    return this.#isLess(this.#items[i]!, this.#items[j]!)
  }

  #swap(i: number, j: number): void {
    const kept = this.#items[i]!
    this.#items[i] = this.#items[j]!
    this.#items[j] = kept
  }

  sort(from: number, to: number, badPivotsMax: number): void {
    let a = from
    let b = to
    let limit = badPivotsMax
    let wasBalanced = true
    let wasPartitioned = true
    for (;;) {
      const length = b - a
      if (length <= 12) {
        this.#insertionSort(a, b)
        return
      }
      if (limit === 0) {
        this.#heapSort(a, b)
        return
      }
      if (!wasBalanced) {
        this.#breakPatterns(a, b)
        limit -= 1
      }
      const chosen = this.#choosePivot(a, b)
      let { pivot, isIncreasing } = chosen
      if (chosen.isDecreasing) {
        for (let i = a, j = b - 1; i < j; i++, j--) this.#swap(i, j)
        pivot = b - 1 - (pivot - a)
        isIncreasing = true
      }
      if (wasBalanced && wasPartitioned && isIncreasing && this.#partialInsertionSort(a, b)) return
      if (a > 0 && !this.#less(a - 1, pivot)) {
        a = this.#partitionEqual(a, b, pivot)
        continue
      }
      const { middle, alreadyPartitioned } = this.#partition(a, b, pivot)
      wasPartitioned = alreadyPartitioned
      const left = middle - a
      const right = b - middle
      const threshold = Math.floor(length / 8)
      if (left < right) {
        wasBalanced = left >= threshold
        this.sort(a, middle, limit)
        a = middle + 1
      } else {
        wasBalanced = right >= threshold
        this.sort(middle + 1, b, limit)
        b = middle
      }
    }
  }

  #insertionSort(a: number, b: number): void {
    for (let i = a + 1; i < b; i++) for (let j = i; j > a && this.#less(j, j - 1); j--) this.#swap(j, j - 1)
  }

  #siftDown(low: number, high: number, first: number): void {
    let root = low
    for (;;) {
      let child = 2 * root + 1
      if (child >= high) return
      if (child + 1 < high && this.#less(first + child, first + child + 1)) child += 1
      if (!this.#less(first + root, first + child)) return
      this.#swap(first + root, first + child)
      root = child
    }
  }

  #heapSort(a: number, b: number): void {
    const high = b - a
    for (let i = Math.floor((high - 1) / 2); i >= 0; i--) this.#siftDown(i, high, a)
    for (let i = high - 1; i >= 0; i--) {
      this.#swap(a, a + i)
      this.#siftDown(0, i, a)
    }
  }

  #partition(a: number, b: number, pivot: number): { readonly middle: number; readonly alreadyPartitioned: boolean } {
    this.#swap(a, pivot)
    let i = a + 1
    let j = b - 1
    let swapped = false
    for (;;) {
      while (i <= j && this.#less(i, a)) i += 1
      while (i <= j && !this.#less(j, a)) j -= 1
      if (i > j) break
      this.#swap(i, j)
      swapped = true
      i += 1
      j -= 1
    }
    this.#swap(j, a)
    return { middle: j, alreadyPartitioned: !swapped }
  }

  #partitionEqual(a: number, b: number, pivot: number): number {
    this.#swap(a, pivot)
    let i = a + 1
    let j = b - 1
    for (;;) {
      while (i <= j && !this.#less(a, i)) i += 1
      while (i <= j && this.#less(a, j)) j -= 1
      if (i > j) return i
      this.#swap(i, j)
      i += 1
      j -= 1
    }
  }

  #partialInsertionSort(a: number, b: number): boolean {
    let i = a + 1
    for (let step = 0; step < 5; step++) {
      while (i < b && !this.#less(i, i - 1)) i += 1
      if (i === b) return true
      if (b - a < 50) return false
      this.#swap(i, i - 1)
      if (i - a >= 2) for (let j = i - 1; j >= 1 && this.#less(j, j - 1); j--) this.#swap(j, j - 1)
      if (b - i >= 2) for (let j = i + 1; j < b && this.#less(j, j - 1); j++) this.#swap(j, j - 1)
    }
    return false
  }

  #breakPatterns(a: number, b: number): void {
    const length = b - a
    if (length < 8) return
    let random = BigInt(length)
    const modulus = 2 ** bitLength(length)
    const middle = a + Math.floor(length / 4) * 2
    for (let index = middle - 1; index <= middle + 1; index++) {
      random = BigInt.asUintN(64, random ^ (random << 13n))
      random ^= random >> 7n
      random = BigInt.asUintN(64, random ^ (random << 17n))
      let other = Number(random & BigInt(modulus - 1))
      if (other >= length) other -= length
      this.#swap(index, a + other)
    }
  }

  #choosePivot(a: number, b: number): { readonly pivot: number; readonly isIncreasing: boolean; readonly isDecreasing: boolean } {
    const length = b - a
    const quarter = Math.floor(length / 4)
    let swaps = 0
    const median = (x: number, y: number, z: number): number => {
      let [p, q, r] = [x, y, z]
      if (this.#less(q, p)) {
        swaps += 1
        ;[p, q] = [q, p]
      }
      if (this.#less(r, q)) {
        swaps += 1
        ;[q, r] = [r, q]
      }
      if (this.#less(q, p)) {
        swaps += 1
        ;[p, q] = [q, p]
      }
      return q
    }
    let i = a + quarter
    let j = a + quarter * 2
    let k = a + quarter * 3
    if (length >= 8) {
      if (length >= 50) {
        i = median(i - 1, i, i + 1)
        j = median(j - 1, j, j + 1)
        k = median(k - 1, k, k + 1)
      }
      j = median(i, j, k)
    }
    return { pivot: j, isIncreasing: swaps === 0, isDecreasing: swaps === 12 }
  }
}
