/** Random name suffixes leave out vowels and look-alikes. Models apimachinery pkg/util/rand. */
export const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
