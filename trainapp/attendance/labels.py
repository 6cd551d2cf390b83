"""What people read for the statuses of an attendance."""

from trainapp.attendance.models import AttendanceStatus
from trainapp.core.languages import _


def attendance_status_label(status: AttendanceStatus) -> str:
    labels = {
        AttendanceStatus.PRESENT: _("Present"),
        AttendanceStatus.PARTIAL: _("Partly present"),
        AttendanceStatus.ABSENT: _("Absent"),
        AttendanceStatus.EXCUSED: _("Excused"),
    }
    return labels[status]
