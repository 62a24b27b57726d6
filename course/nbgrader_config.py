"""Settings of the course for nbgrader: for `make course`, and for whatever else of nbgrader runs in this folder.

Beside settings there is one class. nbgrader stops the grading of a whole notebook when its kernel dies, or when an
endless loop does not listen to the interrupt. Here only the cell at fault gets an error, and no points: the notebook
is run once more without that cell.
"""

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat.v4 import new_output
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    Execute,
    IgnorePattern,
    LimitOutput,
    SaveAutoGrades,
)


class ExecuteAll(Execute):
    """Runs every cell that can be run; a cell that takes the kernel down is left out, and holds an error."""

    def preprocess(self, nb, resources=None, km=None):
        skip, at_fault = self.skip_cells_with_tag, []
        while True:
            try:
                nb, resources = super().preprocess(nb, resources, km)
                break
            except (DeadKernelError, CellTimeoutError) as error:
                cell = nb.cells[self.running]
                self.log.warning("%s; running the notebook again without that cell", type(error).__name__)
                cell.metadata["tags"] = [*cell.metadata.get("tags", []), skip]
                at_fault.append((cell, type(error).__name__))
        for cell, name in at_fault:
            cell.metadata["tags"].remove(skip)
            text = f"{name}: this cell took the kernel down and was left out"
            cell.outputs = [new_output("error", ename=name, evalue=text, traceback=[text])]
        for cell in nb.cells:
            if cell.cell_type == "code":  # a warning is no error, and costs no points
                cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        return nb, resources

    def on_cell_start(self, cell, cell_index):
        self.running = cell_index


c = get_config()  # noqa: F821  (nbgrader gives it to this file)

c.CourseDirectory.course_id = "mcvn-tutorial"
# A cell may run so many seconds; the solutions' longest takes about ten on a slow computer.
c.Execute.timeout = 120
c.Execute.iopub_timeout = 10
c.Execute.extra_arguments = ["--log-level=ERROR"]
c.Autograde.autograde_preprocessors = [
    ExecuteAll,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
# A test cell that was deleted from a submission is put back, so that it costs its points and no more.
c.OverwriteCells.add_missing_cells = True
# Downloads from a learning platform: STUDENT_NN_name.ipynb in downloaded/NN_name/archive.
c.FileNameCollectorPlugin.named_regexp = r".*[/\\](?P<student_id>[^/\\_]+)_(?P<file_id>\d\d_[a-z_]+)\.ipynb"
