"""Settings of the course for nbgrader: for `make course`, and for whatever else of nbgrader runs in this folder."""

from nbgrader.preprocessors import NbGraderPreprocessor


class UseMakeCourse(NbGraderPreprocessor):
    """Keep `nbgrader autograde` and its button from running hand-ins, which would then mark themselves."""

    def preprocess(self, nb, resources):
        raise RuntimeError("Hand-ins are graded by `make course`, which runs each in a process of its own.")


c = get_config()  # noqa: F821  (nbgrader gives it to this file)

c.CourseDirectory.course_id = "mcvn-tutorial"
c.Autograde.sanitize_preprocessors = [UseMakeCourse]
# A cell may run so many seconds; the solutions' longest takes about ten on a slow computer.
c.Execute.timeout = 120
# A cell that does not stop by then is killed after so many seconds more, with all that ran before it.
c.Execute.iopub_timeout = 10
# Downloads from a learning platform: STUDENT_NN_name.ipynb in downloaded/NN_name/archive.
c.FileNameCollectorPlugin.named_regexp = r".*[/\\](?P<student_id>[^/\\_]+)_(?P<file_id>\d\d_[a-z_]+)\.ipynb"
