#include "capture/memory.hpp"

#include <algorithm>

namespace envfix::capture {

void Recall::trust(const fs::Directory& folder)
{
    if (m_memory == nullptr || is_trusted(folder.status())) return;
    if (folder.has_honest_times()) m_devices.push_back(folder.status().device);
}

bool Recall::is_trusted(const fs::Status& status) const
{
    return std::ranges::find(m_devices, status.device) != m_devices.end();
}

} // namespace envfix::capture
