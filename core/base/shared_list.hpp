// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace printrouter {

/// An immutable list that copies share: thousands of jobs that wait for the same reason hold it once. To
/// change it, assign another one. Reading is safe from any thread; an empty one costs no memory.
template <class T>
class SharedList {
 public:
  using value_type = T;
  using const_reference = const T&;
  using const_iterator = typename std::vector<T>::const_iterator;
  using iterator = const_iterator;
  using size_type = std::size_t;

  SharedList() = default;
  SharedList(std::vector<T> values)
      : values_(values.empty() ? nullptr : std::make_shared<const std::vector<T>>(std::move(values))) {}
  SharedList(std::initializer_list<T> values) : SharedList(std::vector<T>(values)) {}

  const std::vector<T>& operator*() const {
    static const std::vector<T> none;
    return values_ ? *values_ : none;
  }
  operator const std::vector<T>&() const { return **this; }
  const_iterator begin() const { return (**this).begin(); }
  const_iterator end() const { return (**this).end(); }
  bool empty() const { return !values_; }
  size_type size() const { return (**this).size(); }
  const T& front() const { return (**this).front(); }
  const T& back() const { return (**this).back(); }
  const T& operator[](size_type i) const { return (**this)[i]; }
  const T& at(size_type i) const { return (**this).at(i); }
  bool operator==(const SharedList& other) const { return values_ == other.values_ || **this == *other; }

 private:
  std::shared_ptr<const std::vector<T>> values_;
};

}  // namespace printrouter
