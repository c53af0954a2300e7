import type { Controller } from './runtime/controller.ts'

/** Every controller of the controller manager, in the order in which a change is shown to them. */
export const allControllers = (): readonly Controller[] => []
