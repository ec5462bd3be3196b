// SPDX-License-Identifier: GPL-2.0-only
// A line of CSV with the names of its columns, and what the studies say of delays.

#ifndef WIFI_STUDY_ROW_H
#define WIFI_STUDY_ROW_H

#include <cstddef>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

/// A column that means nothing here.
constexpr double NOT_A_NUMBER = std::numeric_limits<double>::quiet_NaN();

/// NaN without a divisor.
inline double
Ratio(double a, double b)
{
    return b == 0 ? NOT_A_NUMBER : a / b;
}

class StudyRow
{
  public:
    template <class T>
    StudyRow& Add(const std::string& name, const T& value)
    {
        m_names << (m_empty ? "" : ",") << name;
        m_values << (m_empty ? "" : ",") << value;
        m_empty = false;
        return *this;
    }

    /// \param sorted delays, s. \param prefix of the columns: mean, 95th percentile, and 21 quantiles from least to greatest
    StudyRow& AddDelays(const std::string& prefix, const std::vector<double>& sorted);

    /// \param head with the names before it
    std::string Text(bool head) const
    {
        return (head ? m_names.str() + '\n' : "") + m_values.str() + '\n';
    }

  private:
    std::ostringstream m_names;
    std::ostringstream m_values;
    bool m_empty = true;
};

inline double
QuantileOf(const std::vector<double>& sorted, double share)
{
    return sorted.empty() ? NOT_A_NUMBER
                          : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

inline StudyRow&
StudyRow::AddDelays(const std::string& prefix, const std::vector<double>& sorted)
{
    double sum = 0;
    for (const auto delay : sorted)
    {
        sum += delay;
    }
    std::ostringstream quantiles;
    for (int i = 0; i <= 20; ++i)
    {
        quantiles << (i == 0 ? "" : ";") << QuantileOf(sorted, i / 20.0);
    }
    Add(prefix, Ratio(sum, static_cast<double>(sorted.size())));
    Add(prefix + "95", QuantileOf(sorted, 0.95));
    return Add(prefix + "_quantiles", quantiles.str());
}

#endif // WIFI_STUDY_ROW_H
