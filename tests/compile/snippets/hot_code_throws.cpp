// SPDX-License-Identifier: Apache-2.0
// layer: worker
// twin: layer control
// expect: exception handling disabled|with exceptions disabled
int pick(int number) {
  if (number < 0) throw number;
  return number;
}
