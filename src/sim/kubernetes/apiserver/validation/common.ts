import { equalJson } from '../../api/json-value.ts'
import { percentOf } from '../../api/int-or-percent.ts'
import type { IntOrString, LabelSelector } from '../../api/types.ts'
import type { FieldErrors } from './field-errors.ts'
import { isPercent, isPortName, isPortNumber, isLabelValue, isQualifiedName, type NameCheck } from './names.ts'
import { IMMUTABLE, validateLabels } from './object-meta.ts'

/** Checks that many kinds share. Models apimachinery pkg/api/validation and pkg/apis/meta/v1/validation (v1.35). */

export const NOT_NEGATIVE = 'must be greater than or equal to 0'

export function notNegative(value: number | undefined, path: string, errors: FieldErrors): void {
  if (value !== undefined && value < 0) errors.invalid(path, value, NOT_NEGATIVE)
}

export function named(value: string, check: NameCheck, path: string, errors: FieldErrors): void {
  for (const problem of check(value)) errors.invalid(path, value, problem)
}

export function oneOf(value: string | undefined, supported: readonly string[], path: string, errors: FieldErrors): void {
  if (value !== undefined && !supported.includes(value)) errors.notSupported(path, value, supported)
}

export function immutable(value: unknown, previous: unknown, path: string, errors: FieldErrors): void {
  if (!equalJson(value ?? null, previous ?? null)) errors.invalid(path, value ?? null, IMMUTABLE)
}

export function portNumberOrName(port: IntOrString | undefined, path: string, errors: FieldErrors): void {
  if (typeof port === 'string') named(port, isPortName, path, errors)
  else for (const problem of isPortNumber(port ?? 0)) errors.invalid(path, port ?? 0, problem)
}

/** A whole number, or a percentage; neither may be negative. */
export function positiveIntOrPercent(value: IntOrString | undefined, path: string, errors: FieldErrors): void {
  if (typeof value === 'string') named(value, isPercent, path, errors)
  else notNegative(value, path, errors)
}

export function notMoreThan100Percent(value: IntOrString | undefined, path: string, errors: FieldErrors): void {
  const percent = percentOf(value)
  if (percent !== undefined && percent > 100) errors.invalid(path, value, 'must not be greater than 100%')
}

export interface SelectorOptions {
  /** Values of requirements are not held to the shape of label values. */
  readonly allowsInvalidValues?: boolean
}

export function validateLabelSelector(
  selector: LabelSelector | undefined,
  path: string,
  errors: FieldErrors,
  { allowsInvalidValues = false }: SelectorOptions = {},
): void {
  if (!selector) return
  validateLabels(selector.matchLabels, `${path}.matchLabels`, errors)
  for (const [i, requirement] of (selector.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${i}]`
    const { key, operator, values = [] } = requirement
    switch (operator) {
      case 'In':
      case 'NotIn':
        if (values.length === 0) errors.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
        break
      case 'Exists':
      case 'DoesNotExist':
        if (values.length > 0)
          errors.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
        break
      default:
        errors.invalid(`${at}.operator`, operator, 'not a valid selector operator')
    }
    named(key, isQualifiedName, `${at}.key`, errors)
    if (!allowsInvalidValues) for (const [j, value] of values.entries()) named(value, isLabelValue, `${at}.values[${j}]`, errors)
  }
}

/** A selector that no code could evaluate. */
export const isBrokenSelector = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean =>
  Object.entries(matchLabels).some(([key, value]) => isQualifiedName(key).length > 0 || isLabelValue(value).length > 0) ||
  matchExpressions.some(({ key, operator, values = [] }) => {
    const isSet = operator === 'In' || operator === 'NotIn'
    if (!isSet && operator !== 'Exists' && operator !== 'DoesNotExist') return true
    return (
      isQualifiedName(key).length > 0 || isSet !== values.length > 0 || values.some((value) => isLabelValue(value).length > 0)
    )
  })

export const isEmptySelector = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean =>
  Object.keys(matchLabels).length === 0 && matchExpressions.length === 0
