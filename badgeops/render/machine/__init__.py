"""Values -> what programs read: JSON, SARIF, JUnit, annotations."""
