// SPDX-License-Identifier: Apache-2.0
// layer: cache
// twin: layer control
// expect: -fno-rtti|requires -frtti
struct Base {
  virtual ~Base() = default;
};
struct Derived : Base {};

bool is_derived(Base* base) { return dynamic_cast<Derived*>(base) != nullptr; }
