module peepopay/envelope

go 1.22
